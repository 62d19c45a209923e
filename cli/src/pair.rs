//! `tabmux pair`.

use std::time::Duration;

use serde_json::json;
use tabmux_protocol::message::PairingCodeOutput;
use tabmux_protocol::method;

use crate::terminal::print;
use crate::{Failure, config, hub, runtime};
use tabmux_cli::args::PairArgs;

/// Prints a pairing code; the person carries it to the extension's popup.
pub(crate) fn run(args: &PairArgs) -> Result<(), Failure> {
    let (installation, config) = config::load(None)?;
    hub::serves_no_other_port(&installation)?;
    hub::remove_stopped_mark(&installation)?;
    let pairing: PairingCodeOutput = runtime()?.block_on(async {
        let mut link = hub::reach(&installation, &config).await?;
        anyhow::Ok(link.request(method::PAIR, &json!({}), hub::ANSWER_WITHIN).await?)
    })?;
    print(&if args.json { serde_json::to_string(&pairing)? } else { for_people(&pairing) });
    Ok(())
}

fn for_people(pairing: &PairingCodeOutput) -> String {
    let minutes = Duration::from_millis(pairing.expires_in_ms).as_secs() / 60;
    format!(
        "Pairing code: {}\n\nIn the browser, press the Tabmux button of the toolbar, paste the code under \"Pair with a \
         code\" and press \"Pair\".\nThe code holds for {minutes} minutes and for one browser. Show it to nobody: who has \
         it can be the browser of your agents.",
        pairing.code
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_where_the_code_goes_and_how_long_it_holds() {
        let pairing = PairingCodeOutput { code: "ABCDEFG-HIJKLMN".into(), expires_in_ms: 300_000 };
        let said = for_people(&pairing);
        assert!(said.starts_with("Pairing code: ABCDEFG-HIJKLMN\n"), "{said}");
        assert!(said.contains("\"Pair with a code\"") && said.contains("5 minutes"), "{said}");
    }
}
