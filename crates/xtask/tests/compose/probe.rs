//! The gateway's health check, compiled as the Dockerfile does.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::file::root;

fn compiled(folder: &Path) -> PathBuf {
    let program = folder.join("probe");
    let source = root().join("deploy/docker/probe.rs");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "--deny", "warnings", "-o"]).arg(&program).arg(source);
    assert!(rustc.status().expect("the compiler is there").success(), "it compiles");
    program
}

/// A server that gives each of these answers once.
fn answering(answers: &'static [&'static str]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().expect("the probe connects");
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn a_server_that_answers_is_well_and_one_that_fails_or_is_gone_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let program = compiled(folder.path());
    let run = |arguments: &[&str]| Command::new(&program).args(arguments).output().unwrap().status.code();
    let answers = &["HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 500 Oh\r\n\r\n", "SSH-2.0-x\r\n", ""];
    let address = answering(answers).to_string();
    let expected = [Some(0), Some(1), Some(1), Some(1)];
    assert_eq!([(); 4].map(|()| run(&[&address, "/"])), expected);
    assert_eq!(run(&[&address, "/"]), Some(1), "nobody listens any more");
    assert_eq!(run(&["somewhere"]), Some(2));
    assert_eq!(run(&["localhost:1", "/"]), Some(1), "names are not looked up");
}
