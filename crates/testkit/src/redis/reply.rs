//! As much of Redis' protocol as it takes to send one command and read its answer.
//!
//! The product's own client is not used here: what a test does to a server must not depend on what it tests.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::Failure;

const BOUND: Duration = Duration::from_secs(10);

/// One command over a new connection, after `AUTH` with these arguments if there are any.
pub(super) async fn ask(address: SocketAddr, login: &[String], arguments: &[&str]) -> Result<Value, Failure> {
    let what = || format!("{} at {address}", arguments.first().copied().unwrap_or("nothing"));
    match tokio::time::timeout(BOUND, exchange(address, login, arguments)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(fault)) => Err(Failure::because(format!("cannot ask Redis for {}", what()), fault)),
        Err(_) => Err(Failure::new(format!("Redis does not answer {} within {BOUND:?}", what()))),
    }
}

async fn exchange(address: SocketAddr, login: &[String], arguments: &[&str]) -> std::io::Result<Value> {
    let mut connection = BufReader::new(TcpStream::connect(address).await?);
    if !login.is_empty() {
        let words: Vec<&str> = std::iter::once("AUTH").chain(login.iter().map(String::as_str)).collect();
        connection.write_all(&packed(&words)).await?;
        answer(&mut connection).await?;
    }
    connection.write_all(&packed(arguments)).await?;
    answer(&mut connection).await
}

fn packed(arguments: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", arguments.len()).into_bytes();
    for argument in arguments {
        bytes.extend(format!("${}\r\n{argument}\r\n", argument.len()).into_bytes());
    }
    bytes
}

/// Boxed, because a list holds answers.
fn answer<'a>(
    connection: &'a mut BufReader<TcpStream>,
) -> Pin<Box<dyn Future<Output = std::io::Result<Value>> + Send + 'a>> {
    Box::pin(async move {
        let mut line = String::new();
        connection.read_line(&mut line).await?;
        let rest = line.get(1..).unwrap_or_default().trim_end();
        match line.chars().next() {
            Some('+') => Ok(rest.into()),
            Some(':') => Ok(number(rest)?.into()),
            Some('$') => text(connection, number(rest)?).await,
            Some('*') => {
                let mut answers = Vec::new();
                for _ in 0..number(rest)? {
                    answers.push(answer(connection).await?);
                }
                Ok(Value::Array(answers))
            }
            Some('-') => Err(std::io::Error::other(rest.to_owned())),
            Some(_) => Err(std::io::Error::other(format!("an answer that begins with {line:?}"))),
            None => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    })
}

async fn text(connection: &mut BufReader<TcpStream>, length: i64) -> std::io::Result<Value> {
    let Ok(length) = usize::try_from(length) else { return Ok(Value::Null) };
    let mut bytes = vec![0; length + "\r\n".len()];
    connection.read_exact(&mut bytes).await?;
    bytes.truncate(length);
    Ok(String::from_utf8_lossy(&bytes).into_owned().into())
}

fn number(text: &str) -> std::io::Result<i64> {
    text.parse().map_err(|_| std::io::Error::other(format!("a number was to come, not {text:?}")))
}
