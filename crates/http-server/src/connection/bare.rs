//! The answers that actix's parser gives by itself: a status, `content-length: 0`, and no word of why.
//!
//! They are told from an application's answers by their shape. Everything that leaves the application carries
//! `X-Trace-Id` at least; an answer with none but the three headers below came from the parser. It ends the
//! connection, so it is the last thing in its write.

use signal_protocol::ErrorCode;

use crate::Problem;

/// No bare answer is longer.
const LONGEST: usize = 192;

/// What stands before a bare answer at the end of `bytes`, and the problem that it stands for.
pub(super) fn find(bytes: &[u8]) -> Option<(&[u8], Problem)> {
    // Nearly every other answer ends with its body.
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let earliest = bytes.len().saturating_sub(LONGEST);
    let window = &bytes[earliest..];
    let start = (0..window.len()).rev().find(|at| window[*at..].starts_with(b"HTTP/1."))?;
    let answer = std::str::from_utf8(&window[start..]).ok()?;
    let mut lines = answer.trim_end_matches("\r\n").split("\r\n");
    let status = lines.next()?.get(9..12)?;
    let is_bare = lines.all(|line| {
        line == "content-length: 0" || line.starts_with("connection: ") || line.starts_with("date: ")
    });
    if is_bare { Some((&bytes[..earliest + start], problem(status)?)) } else { None }
}

fn problem(status: &str) -> Option<Problem> {
    match status {
        "400" => Some(Problem::new(ErrorCode::InvalidField).field("request", "is not well-formed HTTP/1.1")),
        "408" => Some(Problem::new(ErrorCode::RequestTimeout)),
        "431" => Some(Problem::new(ErrorCode::HeadersTooLarge)),
        "500" => Some(Problem::new(ErrorCode::Internal)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "date: Sat, 31 Jan 2026 09:30:00 GMT";

    #[test]
    fn the_parsers_own_answers_are_found_with_what_stands_before_them() {
        for (before, bare, code) in [
            (
                "",
                format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n{DATE}\r\n\r\n"),
                ErrorCode::InvalidField,
            ),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
                format!(
                    "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n{DATE}\r\n\r\n"
                ),
                ErrorCode::HeadersTooLarge,
            ),
            (
                "",
                format!(
                    "HTTP/1.0 408 Request Timeout\r\ncontent-length: 0\r\nconnection: keep-alive\r\n{DATE}\r\n\r\n"
                ),
                ErrorCode::RequestTimeout,
            ),
        ] {
            let bytes = format!("{before}{bare}");
            let (found, problem) = find(bytes.as_bytes()).expect("a bare answer");
            assert_eq!((found, problem.code()), (before.as_bytes(), code), "{bytes}");
        }
    }

    #[test]
    fn an_answer_of_the_application_is_left_alone() {
        for answer in [
            format!(
                "HTTP/1.1 204 No Content\r\n{DATE}\r\nx-trace-id: 0af7651916cd43dd8448eb211c80319c\r\n\r\n"
            ),
            format!("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-trace-id: 0\r\n{DATE}\r\n\r\n"),
            format!("HTTP/1.1 304 Not Modified\r\n{DATE}\r\n\r\n"),
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned(),
            "a body that ends like a head\r\n\r\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(find(answer.as_bytes()), None, "{answer}");
        }
    }
}
