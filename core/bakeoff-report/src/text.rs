//! Foreign text made inert: whatever a candidate says is shown, and does nothing.
//!
//! Every text that enters a [`crate::Report`] passes through here, so that no renderer meets a
//! control character, an escape sequence or a direction override. Each renderer then escapes what
//! its own format gives a meaning to.

use std::fmt::Write;

/// The most characters of a name or sentence that are shown.
pub const LINE_MAX: usize = 240;

/// The most characters of an answer, log or stack trace that are shown: 4 KiB (LIBRARIES.md).
pub const BLOCK_MAX: usize = 4096;

/// `text` on one line, at most [`LINE_MAX`] characters, nothing in it invisible.
pub fn line(text: &str) -> String {
    inert(text, LINE_MAX, false)
}

/// [`line`] of `text` without the colours that a tool wrote for a terminal; only `ESC [ … m` goes,
/// whatever else acts is still shown.
pub fn uncoloured(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        let codes = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        rest = codes.strip_prefix('m').unwrap_or_else(|| {
            plain.push_str("\u{1b}[");
            after
        });
    }
    plain.push_str(rest);
    line(&plain)
}

/// `text` with its line breaks, at most [`BLOCK_MAX`] characters, nothing else in it invisible.
pub fn block(text: &str) -> String {
    inert(text, BLOCK_MAX, true)
}

fn inert(text: &str, max: usize, breaks: bool) -> String {
    let mut shown = String::with_capacity(text.len().min(max));
    for (count, c) in text.chars().enumerate() {
        if count == max {
            let _ = write!(shown, "… (cut: {} bytes in all)", text.len());
            break;
        }
        match c {
            '\n' if breaks => shown.push('\n'),
            '\t' if breaks => shown.push_str("    "),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if is_hidden(c) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Characters that act instead of showing: controls, direction overrides (Trojan Source,
/// CVE-2021-42574), zero-width ones, line separators, tags.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0xE0000..=0xE0FFF)
}

/// Terminal columns that `text` takes, close enough for tables: one a character, two for wide ones.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c),
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_becomes_what_shows() {
        assert_eq!(line("\u{1b}[31mred\u{7}"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(line("user\u{202e}txt.exe"), "user\\u{202e}txt.exe");
        assert_eq!(line("a\u{200b}b\u{feff}\u{2028}"), "a\\u{200b}b\\u{feff}\\u{2028}");
        assert_eq!(line("two\nlines\r"), "two\\nlines\\r");
        assert_eq!(block("two\n\tlines"), "two\n    lines");
        assert_eq!(line("naïve 日本 ×"), "naïve 日本 ×");
    }

    #[test]
    fn colours_go_and_nothing_else() {
        assert_eq!(uncoloured("\u{1b}[1;31mMaven 3.8\u{1b}[m"), "Maven 3.8");
        assert_eq!(uncoloured("a\u{1b}[2Jb\u{1b}["), "a\\u{1b}[2Jb\\u{1b}[");
    }

    #[test]
    fn a_megabyte_is_cut_and_said_so() {
        let shown = block(&"x".repeat(1 << 20));
        assert!(shown.ends_with("… (cut: 1048576 bytes in all)"), "{}", &shown[4000..]);
        assert_eq!(shown.chars().take_while(|c| *c == 'x').count(), BLOCK_MAX);
    }
}
