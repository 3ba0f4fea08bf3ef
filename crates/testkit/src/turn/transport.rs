//! The ways to a TURN server: UDP, TCP and TLS.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::message::{Answer, Request};
use crate::Failure;

/// How long an answer by UDP is waited for before it is asked again.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(50);
const TRIES: usize = 40;
const LARGEST: usize = 2048;

pub(super) enum Transport {
    Udp(UdpSocket),
    Stream(Box<dyn Stream>),
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Transport {
    pub(super) async fn connect(url: &str, authority: Option<&Path>) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| Failure::because(format!("cannot connect to {url}"), error);
        let (scheme, rest) = url.split_once(':').unwrap_or_default();
        let (address, transport) = rest.split_once("?transport=").unwrap_or((rest, "udp"));
        let address: SocketAddr =
            address.parse().map_err(|error| Failure::because(format!("no address is in {url}"), error))?;
        if transport == "udp" {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(cannot)?;
            socket.connect(address).await.map_err(cannot)?;
            return Ok(Self::Udp(socket));
        }
        let stream = TcpStream::connect(address).await.map_err(cannot)?;
        if scheme != "turns" {
            return Ok(Self::Stream(Box::new(stream)));
        }
        let name = ServerName::from(address.ip());
        let stream = tls(authority)?.connect(name, stream).await.map_err(cannot)?;
        Ok(Self::Stream(Box::new(stream)))
    }

    /// Sends a request and waits for its answer.
    pub(super) async fn ask(&mut self, request: &Request) -> Result<Answer, Failure> {
        let cannot = |error: std::io::Error| Failure::because("the TURN server cannot be asked", error);
        match self {
            Self::Udp(socket) => {
                let mut buffer = [0; LARGEST];
                for _ in 0..TRIES {
                    let answered = timeout(PATIENCE, exchange(socket, request, &mut buffer)).await;
                    match answered {
                        Ok(Ok(answer)) => return Ok(answer),
                        // Nobody listens there yet.
                        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => sleep(PAUSE).await,
                        Ok(Err(error)) => return Err(cannot(error)),
                        Err(_) => {}
                    }
                }
                Err(Failure::new("the TURN server does not answer"))
            }
            Self::Stream(stream) => {
                let exchange = async {
                    stream.write_all(request.as_bytes()).await?;
                    stream.flush().await?;
                    let mut header = [0; 20];
                    stream.read_exact(&mut header).await?;
                    let mut whole = header.to_vec();
                    whole.resize(header.len() + Answer::rest_of(&header), 0);
                    stream.read_exact(&mut whole[header.len()..]).await?;
                    Ok(whole)
                };
                let answered = timeout(PATIENCE * 10, exchange).await;
                let whole = answered.map_err(|_| Failure::new("the TURN server does not answer"))?;
                Answer::parse(&whole.map_err(cannot)?)
            }
        }
    }
}

/// Sends a request once and waits for what answers it.
async fn exchange(socket: &UdpSocket, request: &Request, buffer: &mut [u8]) -> std::io::Result<Answer> {
    socket.send(request.as_bytes()).await?;
    loop {
        let length = socket.recv(buffer).await?;
        // Anything else is an answer to what was asked before, once more.
        if let Ok(answer) = Answer::parse(&buffer[..length])
            && request.is_answered_by(&answer)
        {
            return Ok(answer);
        }
    }
}

fn tls(authority: Option<&Path>) -> Result<TlsConnector, Failure> {
    let authority = authority.ok_or_else(|| Failure::new("no authority is given to trust with `turns:`"))?;
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(authority)
        .map_err(|error| Failure::because(format!("cannot read {}", authority.display()), error))?;
    let cannot = |error: tokio_rustls::rustls::Error| Failure::because("TLS is not usable", error);
    roots.add(certificate).map_err(cannot)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(cannot)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
