//! Forms, texts and tables.

use super::writer::Writer;

/// A form as shops have it.
pub fn form(page: &mut Writer) {
    page.add("<h1>Order tea</h1><form>");
    for (name, kind) in [("Name", "text"), ("E-mail", "email"), ("Amount", "number"), ("Wanted by", "date")] {
        let field = page.field(name, kind);
        page.add(field);
    }
    let kind = page.choice("Kind", &["Green", "Black", "Herbal", "White"]);
    page.add(kind);
    page.add("<fieldset><legend>Size</legend>");
    for size in ["Small bag", "Large bag", "Tin"] {
        let name = page.control(size);
        page.add(format!("<label><input type=\"radio\" name=\"size\"> {name}</label>"));
    }
    page.add("</fieldset>");
    let gift = page.field("As a gift", "checkbox");
    let note = page.control("Note");
    page.add(format!("{gift}<label>{note} <textarea></textarea></label>"));
    let order = page.button("Place the order");
    let cancel = page.link("Cancel", "/");
    page.add(format!("{order}{cancel}</form>"));
}

/// The way into an account.
pub fn login(page: &mut Writer) {
    page.add("<main><h1>Sign in</h1><p>Use the account of your garden.</p><form>");
    for (name, kind) in [("E-mail", "email"), ("Password", "password"), ("Stay signed in", "checkbox")] {
        let field = page.field(name, kind);
        page.add(field);
    }
    let sign_in = page.button("Sign in");
    let forgot = page.link("Forgot the password?", "/forgot");
    page.add(format!("{sign_in}{forgot}</form><hr>"));
    for provider in ["Continue with Maple", "Continue with Slate"] {
        let button = page.button(provider);
        page.add(button);
    }
    let create = page.link("Create an account", "/create");
    page.add(format!("<p>First time here? {create}</p></main>"));
}

/// A text with a few links.
pub fn article(page: &mut Writer) {
    page.navigation(&["News", "Gardens", "Rivers", "Weather", "Letters", "About"]);
    let title = page.text.title(6);
    let author = page.link("The author", "/author");
    page.add(format!("<main><article><h1>{title}</h1><p>By {author}, <time>2026-11-21</time></p>"));
    for section in 1..=5 {
        let (title, alt) = (page.text.title(4), page.text.words(5));
        page.add(format!("<h2>{title}</h2><figure><img alt=\"{alt}\" src=\"data:,\"></figure>"));
        for number in 1..=3 {
            let (before, after) = (page.text.sentences(3), page.text.sentences(3));
            let link =
                page.link(format!("Source {section}.{number}"), &format!("/source/{section}/{number}"));
            page.add(format!("<p>{before} {link} <em>{after}</em></p>"));
        }
    }
    let related = page.links((1..=6).map(|number| format!("Related story {number}")));
    page.add(format!("</article></main><aside aria-label=\"Related\">{related}</aside>"));
    let footer = page.links(["Terms", "Privacy", "Imprint", "Contact", "Jobs"].map(str::to_owned));
    page.add(format!("<footer>{footer}</footer>"));
}

/// What a search engine answers.
pub fn search(page: &mut Writer) {
    let query = page.control("Search");
    let button = page.button("Go");
    page.add(format!(
        "<header><form role=\"search\"><input type=\"search\" aria-label=\"{query}\" value=\"green tea\">"
    ));
    page.add(format!("{button}</form></header><nav aria-label=\"Filters\" class=\"row\">"));
    for filter in ["Everything", "Pictures", "Maps", "Films", "Books", "Settings"] {
        let link = page.link(filter, &format!("/search?only={filter}"));
        page.add(link);
    }
    page.add("</nav><main><p>About 1,240 results</p>");
    for number in 1..=20 {
        let (title, text) = (page.text.title(5), page.text.sentences(2));
        let path = page.text.words(2).replace(' ', "/");
        let link = page.link(format!("{title} {number}"), &format!("https://site{number}.example/{path}"));
        let copy = page.link(format!("Kept copy {number}"), &format!("/copy/{number}"));
        let more = page.button(format!("About result {number}"));
        page.add(format!(
            "<article><h3>{link}</h3><cite>site{number}.example</cite> {copy}{more}<p>{text}</p></article>"
        ));
    }
    let pages = page.links((1..=10).map(|number| format!("Page {number}")));
    page.add(format!("</main><nav aria-label=\"Pages\">{pages}</nav>"));
}

/// A table of so many rows, five elements each.
pub fn table(page: &mut Writer, rows: usize) {
    let add = page.button("New order");
    page.add(format!("<h1>Orders</h1>{add}<table><thead><tr><th>Order</th><th>Customer</th><th>Total</th></tr></thead><tbody>"));
    for number in 1..=rows {
        let customer = page.text.title(2);
        let total = page.text.below(90_000);
        let link = page.link(format!("Order {number}"), &format!("/orders/{number}"));
        page.add(format!(
            "<tr><td>{link}</td><td>{customer}</td><td>{}.{:02}</td></tr>",
            total / 100,
            total % 100
        ));
    }
    page.add("</tbody></table>");
}

/// The reference of a large library on one page, with its contents beside it.
pub fn documentation(page: &mut Writer) {
    const CHAPTERS: usize = 44;
    page.navigation(&["Guide", "Reference", "Examples", "Changes", "Source"]);
    page.add("<div class=\"layout\"><nav aria-label=\"Contents\">");
    let contents = page.links((1..=CHAPTERS).map(|number| format!("Chapter {number}")));
    page.add(format!("{contents}</nav><main><h1>Reference</h1>"));
    for chapter in 1..=CHAPTERS {
        let (title, text) = (page.text.title(3), page.text.sentences(4));
        let anchor = page.link(format!("Link to {chapter}"), &format!("#chapter-{chapter}"));
        page.add(format!("<section id=\"chapter-{chapter}\"><h2>{title} {anchor}</h2><p>{text}</p>"));
        for entry in 1..=10 {
            entry_of(page, &format!("{chapter}.{entry}"));
        }
        page.add("</section>");
    }
    page.add("</main></div>");
}

/// A function with what it takes, an example and where to go on.
fn entry_of(page: &mut Writer, number: &str) {
    let (name, text) = (page.text.words(2).replace(' ', "_"), page.text.sentences(2));
    page.add(format!("<h3><code>{name}</code></h3><p>{text}</p><dl>"));
    for _ in 0..4 {
        let (word, about) = (page.text.word(), page.text.sentence());
        page.add(format!("<dt><code>{word}</code> <em>optional</em></dt><dd>{about}</dd>"));
    }
    let example: String = (0..3)
        .map(|_| format!("<span>{}</span>(<b>{}</b>);\n", page.text.word(), page.text.word()))
        .collect();
    page.add(format!("</dl><pre><code>{example}</code></pre><p>See "));
    let see = page.link(format!("Entry {number} in the guide"), &format!("/guide/{number}"));
    let source = page.link(format!("Source of {number}"), &format!("/source/{number}"));
    let copy = page.button(format!("Copy {number}"));
    let steps: String = (0..3).map(|_| format!("<li>{}</li>", page.text.words(6))).collect();
    page.add(format!("{see} and {source}. {copy}</p><ol>{steps}</ol>"));
}
