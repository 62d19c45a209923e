//! Applications: what is neither text nor form, with roles of ARIA and elements that only a script makes clickable.

use super::writer::Writer;

/// An application of menus, tabs, a tree and an open dialog that leaves the page usable.
pub fn app(page: &mut Writer) {
    menus(page);
    page.add("<div class=\"layout\">");
    tree(page);
    page.add("<main>");
    tabs(page);
    board(page);
    page.add("</main></div>");
    dialog(page);
}

/// An application's page with 200 rows, each with what can be done to it.
pub fn admin(page: &mut Writer) {
    page.navigation(&["Overview", "Customers", "Invoices", "Stock", "Reports", "Team", "Settings", "Help"]);
    page.add("<main><h1>Customers</h1><div role=\"toolbar\" aria-label=\"Actions\" class=\"row\">");
    for name in ["Add customer", "Import", "Export", "Merge", "Archive", "Undo"] {
        let button = page.button(name);
        page.add(button);
    }
    let (find, state) =
        (page.field("Find a customer", "search"), page.choice("State", &["All", "Active", "Asleep", "Gone"]));
    page.add(format!("</div>{find}{state}<table aria-label=\"Customers\"><thead><tr>"));
    for name in ["Sort by name", "Sort by town", "Sort by state"] {
        let button = page.button(name);
        page.add(format!("<th>{button}</th>"));
    }
    page.add("<th>Actions</th></tr></thead><tbody>");
    for number in 1..=200 {
        let (name, town) = (page.text.title(2), page.text.title(1));
        let tick = page.control(format!("Choose {number}"));
        let link = page.link(format!("{name} {number}"), &format!("/customers/{number}"));
        let (edit, more) =
            (page.button(format!("Edit {number}")), page.control(format!("More about {number}")));
        let state = ["Active", "Asleep", "Gone"][number % 3];
        page.add(format!(
            "<tr><td><input type=\"checkbox\" aria-label=\"{tick}\"> {link}</td><td>{town}</td><td><span>{state}</span></td>\
             <td>{edit} <span class=\"card\" onclick=\"this.title = 'open'\">{more}</span></td></tr>"
        ));
    }
    page.add("</tbody></table>");
    let pages = page.links((1..=8).map(|number| format!("Page {number}")));
    page.add(format!("<nav aria-label=\"Pages\">{pages}</nav></main>"));
}

fn menus(page: &mut Writer) {
    page.add("<div role=\"menubar\" aria-label=\"Application\" class=\"row\">");
    for menu in ["File", "Change", "View", "Tools"] {
        let name = page.control(format!("{menu} menu"));
        let open = menu == "View";
        page.add(format!("<div role=\"menuitem\" tabindex=\"0\" aria-haspopup=\"menu\" aria-expanded=\"{open}\">{name}</div>"));
    }
    page.add("</div><div role=\"menu\" aria-label=\"View\">");
    for item in ["Zoom in", "Zoom out", "Whole page", "Outline"] {
        let name = page.control(item);
        page.add(format!("<div role=\"menuitem\" tabindex=\"-1\">{name}</div>"));
    }
    for item in ["Show the grid", "Show the rulers"] {
        let name = page.control(item);
        page.add(format!(
            "<div role=\"menuitemcheckbox\" aria-checked=\"true\" tabindex=\"-1\">{name}</div>"
        ));
    }
    page.add(
        "</div><div role=\"menu\" aria-label=\"Tools\" hidden><div role=\"menuitem\">Not shown</div></div>",
    );
}

fn tree(page: &mut Writer) {
    page.add("<ul role=\"tree\" aria-label=\"Folders\">");
    for folder in 1..=6 {
        let name = page.control(format!("Folder {folder}"));
        page.add(format!("<li role=\"treeitem\" aria-expanded=\"true\" aria-label=\"{name}\" tabindex=\"0\"><ul role=\"group\">"));
        for file in 1..=5 {
            let name = page.control(format!("File {folder}.{file}"));
            page.add(format!("<li role=\"treeitem\" tabindex=\"-1\">{name}</li>"));
        }
        page.add("</ul></li>");
    }
    page.add("</ul>");
}

fn tabs(page: &mut Writer) {
    page.add("<div role=\"tablist\" aria-label=\"Boards\" class=\"row\">");
    for tab in ["To do", "In work", "Done"] {
        let name = page.control(tab);
        page.add(format!("<button role=\"tab\" aria-selected=\"{}\">{name}</button>", tab == "To do"));
    }
    page.add("</div>");
}

fn board(page: &mut Writer) {
    page.add("<div role=\"tabpanel\" aria-label=\"To do\">");
    for number in 1..=30 {
        let (text, by) = (page.text.sentence(), page.text.title(1));
        let card = page.control(format!("Task {number}"));
        let (due, done) = (
            page.choice(format!("State of {number}"), &["Open", "Waiting", "Done"]),
            page.button(format!("Finish {number}")),
        );
        page.add(format!(
            "<div class=\"row\"><div class=\"card\" onclick=\"this.dataset.open = 1\">{card}</div><p>{text}</p><span>{by}</span>{due}{done}</div>"
        ));
    }
    page.add("</div>");
}

fn dialog(page: &mut Writer) {
    page.add("<div role=\"dialog\" aria-label=\"Share\"><h2>Share this board</h2>");
    let people = page.control("People");
    page.add(format!("<input role=\"combobox\" aria-label=\"{people}\" aria-expanded=\"true\" aria-controls=\"people\"><ul role=\"listbox\" id=\"people\" aria-label=\"Found\">"));
    for number in 1..=8 {
        let name = page.control(format!("Person {number}"));
        page.add(format!("<li role=\"option\" aria-selected=\"false\">{name}</li>"));
    }
    page.add("</ul>");
    let (public, share, close) = (page.control("Public"), page.button("Share now"), page.button("Close"));
    page.add(format!(
        "<div role=\"switch\" aria-checked=\"false\" tabindex=\"0\">{public}</div>{share}{close}</div>"
    ));
    page.add("<p role=\"status\">Saved a minute ago</p>");
}
