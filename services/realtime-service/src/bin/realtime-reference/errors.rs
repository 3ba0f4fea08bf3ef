//! `docs/errors.md`.

use std::fmt::Write as _;

use signal_protocol::{ErrorCode, Explanation};

const HEAD: &str = "\
# Errors

Every answer that is no success is `application/problem+json` (RFC 9457):

```json
{\"type\": \"urn:problem:realtime:room_not_found\", \"title\": \"There is no such room for you.\", \"status\": 404,
 \"code\": \"room_not_found\", \"trace_id\": \"0af7651916cd43dd8448eb211c80319c\"}
```

Act on `code`: it is stable. `title` is for people and may be reworded. With `invalid_field` there is `fields`, a list of
`{field, problem}` with everything that was found. `trace_id` is also in the `X-Trace-Id` header and in every line of the
log that belongs to the request; quote it when asking for help. Answers with 429 and 503 carry `Retry-After` in seconds.

This page is written from the code by `cargo xtask codegen`.
";

/// The page, from the table of codes.
pub(crate) fn reference() -> String {
    let mut page = HEAD.to_owned();
    for code in ErrorCode::ALL {
        let Explanation { cause, remedy } = code.explanation();
        // Writing into a String cannot fail.
        let _ = write!(
            page,
            "\n## `{code}` · {status}\n\n{title}\n\n- Cause: {cause}\n- What to do: {remedy}\n",
            status = code.status(),
            title = code.title(),
        );
    }
    page
}
