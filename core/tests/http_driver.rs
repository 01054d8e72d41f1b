//! The HTTP driver against small servers on this machine: who gets the key, what becomes of a
//! redirect, and what a failed request says about whether it arrived.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "these tests are servers, and start a second process"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use coinpay_core::api::{Auth, HttpFault, HttpRequest, HttpResponse, Method};
use coinpay_core::{ErrorCode, Secret, Transport, UreqTransport};

const KEY: &str = "cp_test_key";

/// Takes one connection, reads a request and hands both to its script.
struct Server {
    url: String,
    thread: JoinHandle<String>,
}

impl Server {
    fn start(script: impl FnOnce(&mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let thread = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read_request(&mut stream);
            script(&mut stream);
            request
        });
        Self { url, thread }
    }

    fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::start(move |stream| stream.write_all(answer.as_bytes()).unwrap())
    }

    /// The request that came, in lower case.
    fn request(self) -> String {
        self.thread.join().unwrap().to_lowercase()
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ");
            let length = length.map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if body.len() >= length.parse().unwrap() {
                return String::from_utf8(request).unwrap();
            }
        }
        match stream.read(&mut buffer).unwrap() {
            0 => return String::from_utf8_lossy(&request).into_owned(),
            read => request.extend_from_slice(&buffer[..read]),
        }
    }
}

fn answer(head: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn transport(base_url: &str) -> UreqTransport {
    UreqTransport::new(Secret::new(KEY), base_url).unwrap()
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: url.to_owned(),
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        body: None,
        auth: Auth::Bearer,
        timeout_ms: 5_000,
        max_answer_bytes: 1_000,
    }
}

fn send(server: &Server, change: impl FnOnce(&mut HttpRequest)) -> Result<HttpResponse, HttpFault> {
    let mut request = get(&format!("{}/api/payments", server.url));
    change(&mut request);
    transport(&server.url).send(&request)
}

#[test]
fn a_request_and_its_answer_arrive_whole() {
    let head = "201 Created\r\nX-Request-Id: abc\r\nX-Twice: 1\r\nX-Twice: 2";
    let server = Server::answering(answer(head, "{\"id\":1}"));
    let response = send(&server, |request| {
        request.method = Method::Post;
        request.body = Some("{\"sum\":\"1.00\"}".to_owned());
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        request
            .headers
            .push(header("Content-Type", "application/json"));
        request.headers.push(header("Idempotency-Key", "order-7"));
    });
    let response = response.unwrap();
    assert_eq!(response.status, 201);
    assert_eq!(response.header("x-request-id"), Some("abc"));
    assert_eq!(
        response
            .headers
            .iter()
            .filter(|(name, _)| name == "x-twice")
            .count(),
        2
    );
    assert_eq!(response.body, b"{\"id\":1}");
    let request = server.request();
    assert!(
        request.starts_with("post /api/payments http/1.1\r\n"),
        "{request}"
    );
    for wanted in [
        "authorization: bearer cp_test_key\r\n",
        "idempotency-key: order-7\r\n",
        "content-type: application/json\r\n",
        "accept: application/json\r\n",
        "user-agent: coinpay-embed/",
        "content-length: 14\r\n",
    ] {
        assert_eq!(request.matches(wanted).count(), 1, "{wanted}: {request}");
    }
    assert!(!request.contains("accept-encoding"), "{request}");
    assert!(request.ends_with("{\"sum\":\"1.00\"}"), "{request}");
}

#[test]
fn a_request_that_needs_no_key_carries_none() {
    let server = Server::answering(answer("200 OK", "{}"));
    send(&server, |request| request.auth = Auth::None).unwrap();
    assert!(!server.request().contains("cp_test_key"));
}

#[test]
fn an_error_status_is_an_answer() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "429 Too Many Requests",
        "503 Busy",
    ] {
        let server = Server::answering(answer(status, "why"));
        let response = send(&server, |_| {}).unwrap();
        assert!(status.starts_with(&response.status.to_string()));
        assert_eq!(response.body, b"why");
    }
}

#[test]
fn a_redirect_is_an_answer_and_nobody_is_asked_a_second_time() {
    for status in [
        "301 Moved",
        "302 Found",
        "303 See Other",
        "307 Again",
        "308 Again",
    ] {
        for method in [Method::Get, Method::Post] {
            let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
            elsewhere.set_nonblocking(true).unwrap();
            let place = elsewhere.local_addr().unwrap();
            let head = format!("{status}\r\nLocation: http://{place}/steal");
            let server = Server::answering(answer(&head, ""));
            let response = send(&server, |request| {
                request.method = method;
                request.body = (method == Method::Post).then(|| "{}".to_owned());
            });
            let response = response.unwrap();
            assert!(status.starts_with(&response.status.to_string()));
            let place = format!("http://{place}/steal");
            assert_eq!(response.header("location"), Some(place.as_str()));
            assert_eq!(
                elsewhere.accept().unwrap_err().kind(),
                ErrorKind::WouldBlock
            );
        }
    }
}

#[test]
fn the_key_goes_nowhere_but_to_the_base_url() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let other = format!("http://{}/", elsewhere.local_addr().unwrap());
    let fault = transport("http://127.0.0.1:9").send(&get(&other));
    assert_eq!(fault, Err(HttpFault::NotSent));
    assert_eq!(
        elsewhere.accept().unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
}

#[test]
fn nothing_is_sent_in_the_clear_to_another_machine() {
    for url in [
        "http://192.0.2.1/api",
        "http://example.com/api",
        "http://127.0.0.1.example.com/api",
        "http://localhost@192.0.2.1/",
        "ftp://127.0.0.1/",
        "127.0.0.1/",
        "",
    ] {
        let refused = UreqTransport::new(Secret::new(KEY), url).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidConfiguration, "{url}");
        assert!(!refused.message.contains(KEY));
        let mut request = get(url);
        request.auth = Auth::None;
        request.timeout_ms = 60_000;
        let fault = transport("https://example.com").send(&request);
        assert_eq!(fault, Err(HttpFault::NotSent), "{url}");
    }
    let broken = UreqTransport::new(Secret::new("a\nb"), "https://example.com").unwrap_err();
    assert!(broken.message.starts_with("api_key"));
}

#[test]
fn an_answer_may_be_as_long_as_asked_for_and_not_longer() {
    let server = Server::answering(answer("200 OK", &"x".repeat(1_000)));
    assert_eq!(send(&server, |_| {}).unwrap().body.len(), 1_000);
    let server = Server::answering(answer("200 OK", &"x".repeat(1_001)));
    assert_eq!(send(&server, |_| {}), Err(HttpFault::TooLarge));
    // Of unknown length: it must not be collected first.
    let server = Server::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while stream.write_all(b"10\r\n0123456789abcdef\r\n").is_ok() {}
    });
    assert_eq!(send(&server, |_| {}), Err(HttpFault::TooLarge));
    server.request();
}

#[test]
fn a_server_that_is_slow_is_left_after_the_timeout_and_may_have_heard() {
    let silent = Server::start(wait_for_the_end);
    let dripping = Server::start(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    for server in [silent, dripping] {
        let start = Instant::now();
        let fault = send(&server, |request| request.timeout_ms = 300);
        assert_eq!(fault, Err(HttpFault::Interrupted));
        let took = start.elapsed();
        assert!((250..3_000).contains(&took.as_millis()), "{took:?}");
        server.request();
    }
}

fn wait_for_the_end(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 1]);
}

#[test]
fn a_connection_that_breaks_after_the_request_may_have_been_heard() {
    for said in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "what is this\r\n\r\n",
    ] {
        let server = Server::answering(said);
        assert_eq!(
            send(&server, |_| {}),
            Err(HttpFault::Interrupted),
            "{said:?}"
        );
    }
}

#[test]
fn a_request_that_found_nobody_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let fault = transport(&nobody).send(&get(&format!("{nobody}/api")));
    assert_eq!(fault, Err(HttpFault::NotSent));
    let unknown = "https://gateway.invalid";
    let fault = transport(unknown).send(&get(&format!("{unknown}/api")));
    assert_eq!(fault, Err(HttpFault::NotSent));
}

#[test]
fn a_request_whose_tls_failed_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0; 3];
        stream.read_exact(&mut hello).unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Speak plainly\r\n\r\n")
            .unwrap();
        hello
    });
    let url = format!("https://localhost:{port}");
    let fault = transport(&url).send(&get(&format!("{url}/api")));
    assert_eq!(fault, Err(HttpFault::NotSent));
    assert_eq!(
        server.join().unwrap()[..2],
        [22, 3],
        "it was a TLS handshake"
    );
}

#[test]
fn a_request_without_time_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut request = get(&url);
    request.timeout_ms = 0;
    assert_eq!(transport(&url).send(&request), Err(HttpFault::NotSent));
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

/// Set in the second process only.
const GATEWAY: &str = "COINPAY_TEST_GATEWAY";

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    if let Ok(gateway) = std::env::var(GATEWAY) {
        let response = transport(&gateway).send(&get(&format!("{gateway}/api")));
        assert_eq!(response.unwrap().status, 200);
        return;
    }
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let place = format!("http://{}", proxy.local_addr().unwrap());
    let server = Server::answering(answer("200 OK", "{}"));
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_proxy_of_the_environment_is_not_used"]);
    child.env(GATEWAY, &server.url);
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in [
        "ALL_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
    ] {
        child.env(name, &place);
    }
    assert!(child.output().unwrap().status.success());
    assert!(server.request().starts_with("get /api http/1.1"));
    assert_eq!(proxy.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn a_transport_is_shared_by_threads_and_prints_no_key() {
    const fn shareable<T: Send + Sync>() {}
    shareable::<UreqTransport>();
    let shown = format!("{:?}", transport("https://example.com"));
    assert!(
        shown.contains("example.com") && !shown.contains(KEY),
        "{shown}"
    );
}
