//! Messages of native messaging, as browsers frame them: a 4-byte length in the machine's own byte order, then JSON.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The largest message that is read, in bytes; the extension's messages are tiny.
pub const LIMIT: u32 = 64 * 1024;

/// Reads the next message; `None` once the browser has closed the port. An error leaves nothing to go on with: where
/// the next message begins is not known any more.
pub async fn read(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match input.read_exact(&mut length).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_ne_bytes(length);
    if length > LIMIT {
        return Err(io::Error::other(format!("a message of {length} bytes is too large")));
    }
    let mut message = vec![0; length as usize];
    input.read_exact(&mut message).await?;
    Ok(Some(message))
}

/// Writes a message and sends it on its way.
pub async fn write(output: &mut (impl AsyncWrite + Unpin), message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).map_err(io::Error::other)?;
    output.write_all(&length.to_ne_bytes()).await?;
    output.write_all(message).await?;
    output.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_are_read_as_they_were_written_and_the_end_is_the_end() {
        let mut port = Vec::new();
        write(&mut port, br#"{"type":"connect"}"#).await.unwrap();
        write(&mut port, b"").await.unwrap();
        let mut input = port.as_slice();
        assert_eq!(read(&mut input).await.unwrap().unwrap(), br#"{"type":"connect"}"#);
        assert_eq!(read(&mut input).await.unwrap().unwrap(), b"");
        assert!(read(&mut input).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_message_that_is_too_large_or_breaks_off_is_an_error() {
        let too_large = (LIMIT + 1).to_ne_bytes();
        assert!(read(&mut too_large.as_slice()).await.is_err());
        let cut_off = [5_u32.to_ne_bytes().as_slice(), b"abc"].concat();
        assert!(read(&mut cut_off.as_slice()).await.is_err());
    }
}
