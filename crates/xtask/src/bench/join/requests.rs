//! The load: joins of many people, each a whole HTTP request made beforehand.

use super::super::tokens::ROOM;

/// The joins of these callers as bytes, as a browser's SDK sends them through the gateway.
pub(super) fn joins(tokens: &[String]) -> Vec<Box<[u8]>> {
    tokens.iter().enumerate().map(|(index, token)| join(index, token)).collect()
}

fn join(index: usize, token: &str) -> Box<[u8]> {
    let request = format!(
        "POST /api/realtime/rooms/{ROOM}/join HTTP/1.1\r\n\
         Host: calls.example.com\r\n\
         User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
         Accept: */*\r\n\
         Authorization: Bearer {token}\r\n\
         Content-Type: application/json\r\n\
         X-Device-Id: browser\r\n\
         traceparent: 00-0af7651916cd43dd8448eb21{index:08x}-b7ad6b71{index:08x}-00\r\n\
         Content-Length: 2\r\n\r\n{{}}"
    );
    request.into_bytes().into()
}
