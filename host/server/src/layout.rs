//! What all pages share: the frame around them, and how text that others wrote is shown.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sortie_host::journal::Timestamp;

use crate::assets::{PASSKEY, SCRIPT, STYLE};
use crate::identity::Caller;
use crate::text::text;

/// What htmx may do: no code from texts, no styles of its own.
const HTMX: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyCacheSize":0,"scrollBehavior":"auto"}"#;

/// The parts of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Inbox,
    Runs,
    Missions,
    Plugins,
}

impl Part {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Inbox, "/", "Inbox"),
        (Self::Runs, "/runs", "Runs"),
        (Self::Missions, "/missions", "Missions"),
        (Self::Plugins, "/plugins", "Plugins"),
    ];
}

/// A page for somebody who is known.
pub(crate) fn framed(title: &str, part: Part, who: &Caller, main: Markup) -> Markup {
    framed_at(title, Some(part), who, main)
}

/// The same for a page that is no part of the site, but the person's own.
pub(crate) fn framed_apart(title: &str, who: &Caller, main: Markup) -> Markup {
    framed_at(title, None, who, main)
}

fn framed_at(title: &str, part: Option<Part>, who: &Caller, main: Markup) -> Markup {
    let navigation = html! {
        nav aria-label="Parts" {
            @for (other, path, name) in Part::ALL {
                a href=(path) aria-current=[(Some(other) == part).then_some("page")] { (name) }
            }
        }
        div.who {
            span { (text(&who.user)) " " span.role { (who.role.word()) } }
            @if !who.form_token().is_empty() {
                a href="/passkeys" { "Passkeys" }
                form method="post" action="/sign-out" {
                    (form_token(who))
                    button.plain type="submit" { "Sign out" }
                }
            }
        }
    };
    document(title, Some(navigation), main)
}

/// A page for anybody.
pub(crate) fn bare(title: &str, main: Markup) -> Markup {
    document(title, None, html! { div.narrow { (main) } })
}

fn document(title: &str, navigation: Option<Markup>, main: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX);
                title { (text(title)) " · Sortie" }
                link rel="stylesheet" href=(STYLE.path());
                link rel="icon" href="data:,";
                script src=(SCRIPT.path()) defer {}
                script src=(PASSKEY.path()) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.brand href="/" { (PreEscaped(MARK)) "Sortie" }
                    @if let Some(navigation) = navigation { (navigation) }
                }
                main id="main" tabindex="-1" { (main) }
            }
        }
    }
}

/// The mark of the site: a run that leaves, and comes back.
const MARK: &str = r#"<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M4 19 12 4l8 15-8-4z" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linejoin="round"/></svg>"#;

/// What a form carries, so that no other site can send it.
pub(crate) fn form_token(who: &Caller) -> Markup {
    html! { input type="hidden" name="form_token" value=(who.form_token()); }
}

/// A time, and how far it is from now.
pub(crate) fn when(at: Timestamp, now: Timestamp) -> Markup {
    let seconds = now.as_millis().saturating_sub(at.as_millis()) / 1000;
    let far = distance(seconds.unsigned_abs());
    let words = match (far.as_str(), seconds >= 0) {
        ("", _) => "just now".to_owned(),
        (far, true) => format!("{far} ago"),
        (far, false) => format!("in {far}"),
    };
    html! { time datetime=(at) title=(at) { (words) } }
}

fn distance(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=4 => return String::new(),
        5..=89 => (seconds, "s"),
        90..=5399 => (seconds.div_ceil(60), "min"),
        5400..=172_799 => (seconds.div_ceil(3600), "h"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

/// A great number, with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push('\u{2009}');
        }
        shown.push(digit);
    }
    shown
}

/// A hash, short enough for the eye; all of it is in the title, and selected with it.
pub(crate) fn hash(hash: &str) -> Markup {
    let (head, tail) = hash.split_at_checked(12).unwrap_or((hash, ""));
    html! { code.hash title=(hash) { (head) @if !tail.is_empty() { span.rest { (tail) } } } }
}

/// A name for a status, with its colour.
pub(crate) fn status(status: sortie_host::journal::Status) -> Markup {
    html! { span class=(format!("status {}", status.code())) { (status.code()) } }
}

/// A text as a sentence, with its stop.
pub(crate) fn sentence(words: &str) -> String {
    let words = text(words);
    if words.ends_with(['.', '?', '!']) { words } else { format!("{words}.") }
}

/// A note at the head of a page.
pub(crate) fn notice(kind: &str, content: Markup) -> Markup {
    html! { div class=(format!("notice {kind}")) role="status" { (content) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_distances_are_readable() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
        for (seconds, words) in
            [(0, ""), (60, "60 s"), (90, "2 min"), (3600, "60 min"), (7200, "2 h"), (200_000, "2 days")]
        {
            assert_eq!(distance(seconds), words);
        }
    }
}
