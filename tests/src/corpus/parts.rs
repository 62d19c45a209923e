//! Pages that are put together of others: frames and shadow trees.

use super::OTHER_SITE;
use super::writer::Writer;

/// A page with three frames: of the same site, of another site, and one within a frame.
pub fn frames(page: &mut Writer) {
    let top = page.button("Above the frames");
    page.add(format!("<h1>Frames</h1>{top}"));
    page.add("<iframe title=\"Basket\" src=\"/corpus/basket\"></iframe>");
    page.add(format!("<iframe title=\"Payment\" src=\"{OTHER_SITE}/corpus/payment\"></iframe>"));
    for name in ["basket", "payment", "stamp"] {
        let within = frame(name).unwrap_or_default();
        page.controls.extend(within.controls);
    }
}

/// What a frame of [`frames`] shows.
pub fn frame(name: &str) -> Option<Writer> {
    let mut page = Writer::default();
    match name {
        "basket" => {
            page.add("<h2>Basket</h2>");
            let items = page.links((1..=5).map(|number| format!("Basket item {number}")));
            page.add(format!("{items}<iframe title=\"Stamp\" src=\"/corpus/stamp\"></iframe>"));
        }
        "payment" => {
            page.add("<h2>Payment</h2><form>");
            for (name, kind) in [("Card number", "text"), ("Valid until", "text"), ("Holder", "text")] {
                let field = page.field(name, kind);
                page.add(field);
            }
            let pay = page.button("Pay now");
            page.add(format!("{pay}</form>"));
        }
        "stamp" => {
            let stamp = page.button("Stamp it");
            page.add(format!("<p>A stamp.</p>{stamp}"));
        }
        _ => return None,
    }
    Some(page)
}

/// Cards with shadow trees: their own controls, and what the page puts into their slots.
pub fn shadow(page: &mut Writer) {
    page.add("<h1>Cards</h1>");
    for number in 1..=12 {
        let text = page.text.sentence();
        let inner = page.button(format!("Fold card {number}"));
        let deep = page.field(format!("Rate card {number}"), "number");
        let slotted = page.link(format!("Card {number} in full"), &format!("/card/{number}"));
        page.add(format!(
            "<x-card><template shadowrootmode=\"open\"><section><h2>Card {number}</h2>{inner}<slot></slot>\
             <x-rating><template shadowrootmode=\"open\">{deep}</template></x-rating></section></template>\
             <p>{text} {slotted}</p></x-card>"
        ));
    }
}
