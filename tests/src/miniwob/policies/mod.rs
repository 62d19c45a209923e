//! The policies: from a goal and the text of our tools to calls.

mod clicks;
mod fields;
mod lists;
mod mail;
mod reading;
mod shapes;
mod widgets;

use anyhow::Result;
use futures_util::future::LocalBoxFuture;

use super::Hands;

/// A task and the policy that solves it.
#[derive(Debug)]
pub struct Task {
    /// The name of its page.
    pub name: &'static str,
    /// What solves it; the second argument is the goal in words.
    pub policy: for<'a> fn(&'a Hands<'a>, &'a str) -> LocalBoxFuture<'a, Result<()>>,
}

macro_rules! tasks {
    ($($name:literal $policy:path,)*) => {
        /// Every task that has a policy.
        pub const TASKS: &[Task] =
            &[$(Task { name: $name, policy: |hands, goal| Box::pin($policy(hands, goal)) },)*];
    };
}

tasks! {
    "click-button" clicks::named_button,
    "unicode-test" clicks::named_button,
    "click-test" clicks::first_button,
    "click-test-2" clicks::buttons_in_capitals,
    "click-test-transfer" clicks::buttons_in_capitals,
    "click-button-sequence" clicks::buttons_in_capitals,
    "click-link" clicks::link,
    "click-dialog" clicks::dialog,
    "click-dialog-2" clicks::dialog,
    "click-collapsible" clicks::section_then_submit,
    "click-collapsible-nodelay" clicks::section_then_submit,
    "click-collapsible-2" clicks::link_behind_tabs,
    "click-collapsible-2-nodelay" clicks::link_behind_tabs,
    "click-tab" clicks::tab,
    "click-tab-2" clicks::link_behind_tabs,
    "click-tab-2-easy" clicks::link_behind_tabs,
    "click-tab-2-medium" clicks::link_behind_tabs,
    "click-tab-2-hard" clicks::link_behind_tabs,
    "focus-text" clicks::textbox,
    "focus-text-2" clicks::textbox,
    "find-greatest" clicks::greatest_card,
    "odd-or-even" clicks::odd_or_even,
    "click-option" lists::options,
    "click-checkboxes" lists::options,
    "click-checkboxes-large" lists::options,
    "click-checkboxes-transfer" lists::options,
    "choose-list" lists::drop_down,
    "click-scroll-list" lists::list_box,
    "form-sequence-3" lists::drawn_list,
    "buy-ticket" lists::ticket,
    "enter-text" fields::quoted_text,
    "enter-text-dynamic" fields::quoted_text,
    "enter-text-2" fields::text_in_case,
    "enter-password" fields::password_twice,
    "enter-date" fields::date,
    "enter-time" fields::time,
    "login-user" fields::login,
    "login-user-popup" fields::login,
    "form-sequence-2" fields::radio_and_number,
    "multi-layouts" fields::film,
    "multi-orderings" fields::film,
    "use-spinner" fields::spinner,
    "guess-number" fields::guess,
    "simple-arithmetic" reading::arithmetic,
    "simple-algebra" reading::algebra,
    "text-transform" reading::letters,
    "find-word" reading::word,
    "scroll-text" reading::last_word,
    "copy-paste" reading::copy,
    "copy-paste-2" reading::copy,
    "read-table" reading::table_entry,
    "read-table-2" reading::table_entries,
    "generate-number" reading::generated_number,
    "phone-book" reading::phone_book,
    "search-engine" reading::search_result,
    "terminal" reading::terminal,
    "click-menu" widgets::menu,
    "use-slider" widgets::sliders,
    "use-slider-2" widgets::sliders,
    "form-sequence" widgets::slider_and_checkbox,
    "use-autocomplete" widgets::autocomplete,
    "use-autocomplete-nodelay" widgets::autocomplete,
    "scroll-text-2" widgets::scroll,
    "navigate-tree" widgets::tree,
    "click-pie" widgets::pie,
    "click-pie-nodelay" widgets::pie,
    "choose-date" widgets::calendar,
    "choose-date-easy" widgets::calendar,
    "choose-date-medium" widgets::calendar,
    "choose-date-nodelay" widgets::calendar,
    "book-flight" widgets::flight,
    "book-flight-nodelay" widgets::flight,
    "order-food" lists::food,
    "social-media" lists::post,
    "social-media-all" lists::posts,
    "social-media-some" lists::posts,
    "ascending-numbers" shapes::ascending,
    "grid-coordinate" shapes::grid_point,
    "click-color" shapes::coloured_box,
    "email-inbox" mail::inbox,
    "email-inbox-delete" mail::inbox,
    "email-inbox-forward" mail::inbox,
    "email-inbox-important" mail::inbox,
    "email-inbox-noscroll" mail::inbox,
    "email-inbox-reply" mail::inbox,
    "email-inbox-star-reply" mail::inbox,
}
