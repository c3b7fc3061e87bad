"""A server started with --dev takes any signature, so nothing but local programs may reach it: no name of a page's own (DNS
rebinding), no request that a page of another origin sends through its visitor's browser."""

import pytest

from dray_server import DrayServer
from wire import Request, amz_date

ACCOUNT = "111122223333"
EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = DrayServer(tmp_path_factory.mktemp("dev"), "--dev").start()
    assert Request(started, "PUT", "/dev-bucket").sign((ACCOUNT, "x")).send().status == 200
    assert Request(started, "PUT", "/dev-bucket/key", body=b"content").sign((ACCOUNT, "x")).send().status == 200
    yield started
    assert started.stop() == 0


def tables(server):
    return Request(server, "POST", "/", service="dynamodb", body=b"{}", headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})


def listing(server):
    return Request(server, "GET", "/dev-bucket")


def roles(server):
    return Request(server, "POST", "/", service="iam", body=b"Action=ListRoles&Version=2010-05-08",
                   headers={"Content-Type": "application/x-www-form-urlencoded"})


def identity(server):
    return Request(server, "POST", "/", service="sts", body=b"Action=GetCallerIdentity&Version=2011-06-15",
                   headers={"Content-Type": "application/x-www-form-urlencoded"})


def health(server):
    return Request(server, "GET", "/_dray/health")


def reset(server):
    return Request(server, "POST", "/_dray/dev/reset")


every_kind = pytest.mark.parametrize("make", [tables, listing, roles, identity, health], ids=lambda make: make.__name__)


@every_kind
@pytest.mark.parametrize("host", ["localhost", "localhost:{port}", "LOCALHOST:{port}", "127.0.0.1:{port}", "dev-bucket.localhost:{port}"])
def test_local_programs_are_answered(server, make, host):
    request = make(server)
    answer = request.set("Host", host.format(port=request.address.port)).sign((ACCOUNT, "x")).send()
    assert answer.status == (404 if make is listing and host.startswith("dev-bucket") else 200), answer


@every_kind
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example",
                                  "127.0.0.1.nip.io", "localhost@evil.example", "evil.example#localhost", "192.168.1.5:{port}",
                                  "[::2]:{port}", "0.0.0.0:{port}", "evillocalhost", "localhost,evil.example", "localhost evil.example",
                                  " ", "2130706434", "[::ffff:10.0.0.1]"])
def test_a_name_of_a_pages_own_is_refused(server, make, host):
    request = make(server)
    answer = request.set("Host", host.format(port=request.address.port)).sign((ACCOUNT, "x")).send()
    assert answer.status in (400, 403) and "<" not in answer.text and "{" not in answer.text, answer


@every_kind
@pytest.mark.parametrize("header, value", [("Origin", EVIL), ("Origin", "null"), ("Origin", "http://localhost:3000"),
                                           ("Origin", "http://localhost"), ("Origin", "https://127.0.0.1:{port}"),
                                           ("Origin", "http://127.0.0.1:{port}.evil.example"),
                                           ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")])
def test_pages_of_other_origins_are_refused(server, make, header, value):
    request = make(server)
    answer = request.sign((ACCOUNT, "x")).add(header, value.format(port=request.address.port)).send()
    assert answer.status == 403 and "other origins" in answer.text, answer


def test_a_page_cannot_act_by_an_address_alone(server):
    """What an <img> or a form of another page sends: all of it in the address, with a signature that --dev does not check."""
    made = Request(server, "POST", "/", service="iam", body=b"Action=CreateUser&UserName=kept&Version=2010-05-08",
                   headers={"Content-Type": "application/x-www-form-urlencoded"}).sign((ACCOUNT, "x")).send()
    assert made.status == 200, made
    image = Request(server, "GET", "/", "Action=DeleteUser&UserName=kept&Version=2010-05-08", service="iam").presign((ACCOUNT, "x"))
    for mode, destination in (("no-cors", "image"), ("navigate", "document"), ("no-cors", "script")):
        sent = Request(server, "GET", "/", image.query).drop("X-Amz-Date").drop("X-Amz-Content-Sha256")
        sent.add("Sec-Fetch-Site", "cross-site").add("Sec-Fetch-Mode", mode).add("Sec-Fetch-Dest", destination)
        assert sent.add("Referer", EVIL + "/").send().status == 403
    form = Request(server, "POST", "/dev-bucket", "delete=", body=b"<Delete><Object><Key>key</Key></Object></Delete>")
    form.presign((ACCOUNT, "x")).add("Origin", EVIL).add("Content-Type", "text/plain")
    assert form.send().status == 403
    assert Request(server, "GET", "/dev-bucket/key").sign((ACCOUNT, "x")).send().body == b"content"
    users = Request(server, "GET", "/", "Action=GetUser&UserName=kept&Version=2010-05-08", service="iam").sign((ACCOUNT, "x")).send()
    assert users.status == 200


def test_pages_may_not_read_answers(server):
    """No answer ever tells a browser to show it to another origin, to a preflight request either."""
    preflight = Request(server, "OPTIONS", "/dev-bucket/key").drop("X-Amz-Date").drop("X-Amz-Content-Sha256")
    preflight.add("Origin", EVIL).add("Access-Control-Request-Method", "PUT").add("Access-Control-Request-Headers", "authorization")
    answers = [preflight.send()] + [make(server).sign((ACCOUNT, "x")).add("Origin", origin).send()
                                    for make in (tables, listing, health) for origin in (EVIL, server.endpoint)]
    assert answers[0].status in (403, 405)
    for answer in answers:
        assert not any(name.lower().startswith("access-control-") for name, _ in answer.headers), answer.headers


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "self"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}])
def test_pages_do_not_reset_the_server_or_move_its_clock(server, headers):
    for make in (reset, lambda server: Request(server, "POST", "/_dray/dev/clock", body=b'{"offset_seconds": 86400}')):
        request = make(server)
        for name, value in headers.items():
            request.set(name, server.endpoint if value == "self" else value)
        assert request.send().status == 403
    assert listing(server).sign((ACCOUNT, "x")).send().status == 200


def test_sessions_end_in_dev_too(server):
    """Any signature is taken, but not any token, and time counts."""
    def act(action, service, keys, **parameters):
        body = "&".join([f"Action={action}", *(f"{name}={value}" for name, value in parameters.items())]).encode()
        return Request(server, "POST", "/", service=service, body=body,
                       headers={"Content-Type": "application/x-www-form-urlencoded"}).sign(keys).send()

    made = act("GetSessionToken", "sts", (ACCOUNT, "x"), Version="2011-06-15", DurationSeconds="900").text
    pick = lambda name: made.split(f"<{name}>")[1].split("<")[0]  # noqa: E731
    session = pick("AccessKeyId"), "any", pick("SessionToken")
    assert listing(server).sign(session).send().status == 200
    moved = Request(server, "POST", "/_dray/dev/clock", body=b'{"offset_seconds": 1200}').send()
    assert moved.status == 200
    late = listing(server)
    late.at = amz_date(1200)
    answer = late.sign(session).send()
    assert answer.code == "ExpiredToken", answer
