//! Native messaging: what is read is what was written, to the byte, and nothing too large is taken.

use tabmux_cli::native_message::{LIMIT, read, write};
use tabmux_protocol::message::{NativeReply, NativeRequest};
use tokio::runtime::Builder;

/// The input is what comes over the port until it closes.
pub fn native(data: &[u8]) {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut input = data;
        let mut written = Vec::new();
        while let Ok(Some(message)) = read(&mut input).await {
            assert!(message.len() <= LIMIT as usize);
            write(&mut written, &message).await.unwrap();
            both_ways(&message).await;
        }
        assert_eq!(written, data[..written.len()], "the bytes of all messages that were read");
    });
}

/// A message that one side understands comes out of a port as it went in.
async fn both_ways(message: &[u8]) {
    macro_rules! through_a_port {
        ($($kind:ty),+) => { $(
            if let Ok(meant) = serde_json::from_slice::<$kind>(message) {
                let mut port = Vec::new();
                write(&mut port, &serde_json::to_vec(&meant).unwrap()).await.unwrap();
                let mut port = port.as_slice();
                let came = read(&mut port).await.unwrap().unwrap();
                assert_eq!(serde_json::from_slice::<$kind>(&came).unwrap(), meant);
                assert!(port.is_empty());
            }
        )+ };
    }
    through_a_port!(NativeRequest, NativeReply);
}
