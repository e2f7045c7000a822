"""Dovecot: IMAP, IMAPS and LMTP, log-in by password and by OAuth token."""

import base64
import contextlib
import shutil
import smtplib
import ssl
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from imapclient import IMAPClient
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.servers.certificate import localhost_certificate
from tests.servers.process import Account, Server, directory, free_port, listening, missing, require, unprivileged

_TOKEN_SECRET = b"a secret that only these tests and their server share"

# Each service that would chroot or change its user stays where it is: the whole server is one unprivileged account.
# Without the anvil lines a failed log-in makes the next ones from the same address wait.
_CONFIGURATION = """\
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
instance_name = intake-test
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{home}/cert.pem
ssl_key = <{home}/key.pem
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_username_format = %Ln
auth_failure_delay = 0
auth_verbose = yes
mail_location = maildir:{home}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
imap_idle_notify_interval = 10 s
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf.ext
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {home}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u allow_all_users=yes
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
"""


class Dovecot:
    """A running Dovecot.

    users: name → password. certificate: the PEM file a client has to trust; the host name is localhost.
    """

    host = "localhost"

    def __init__(self, *, home: Path, account: Account, users: Mapping[str, str]) -> None:
        self.imap_port, self.imaps_port, self.lmtp_port = free_port(), free_port(), free_port()
        self.users = dict(users)
        self.certificate = localhost_certificate(home).certificate
        self._home = home
        self._configure(account)
        account.own(home)
        self._server = Server(
            [require("dovecot", package="dovecot-imapd"), "-F", "-c", home / "dovecot.conf"],
            home=home,
            ready=lambda: listening(self.imap_port) and listening(self.lmtp_port),
            account=account,
        )

    def _configure(self, account: Account) -> None:
        home = self._home
        keys = home / "keys" / "default" / "HS256"
        for folder in (home / "run", home / "state", home / "mail", keys):
            folder.mkdir(parents=True)
        (keys / "default").write_bytes(base64.b64encode(_TOKEN_SECRET))
        (home / "passwd").write_text("".join(f"{name}:{{PLAIN}}{word}::::::\n" for name, word in self.users.items()))
        (home / "oauth2.conf.ext").write_text(
            "introspection_mode = local\n"
            f"local_validation_key_dict = fs:posix:prefix={home}/keys/\n"
            "username_attribute = sub\n"
        )
        (home / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                home=home,
                user=account.name,
                group=account.group,
                imap=self.imap_port,
                imaps=self.imaps_port,
                lmtp=self.lmtp_port,
            )
        )

    def start(self) -> None:
        """Start (again) on the same ports with the mail that is there."""
        self._server.start()

    def stop(self) -> None:
        """Stop; every connection breaks. Its children would keep theirs until the clients leave."""
        self._server.stop()
        self._server.end_the_rest()

    def clear(self) -> None:
        """Forget every mailbox and start again if a test has stopped it: as new, without the time a start takes."""
        for mailbox in (self._home / "mail").iterdir():
            shutil.rmtree(mailbox)
        if not self._server.running:
            self.start()

    def log(self) -> str:
        """What the server has logged."""
        with contextlib.suppress(FileNotFoundError):
            return (self._home / "dovecot.log").read_text(errors="replace")
        return ""

    def token(self, user: str, *, seconds: int = 300, secret: bytes = _TOKEN_SECRET) -> str:
        """A bearer token for the user; `seconds` below 0 makes an expired one, another secret a forged one."""
        now = int(time.time())
        claims = {"sub": user, "iat": now - 5, "exp": now + seconds, "scope": "mail"}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(secret))

    def trust(self) -> ssl.SSLContext:
        """A TLS context that trusts this server and nobody else."""
        return ssl.create_default_context(cafile=str(self.certificate))

    @contextlib.contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """A connection over TLS, logged in with the password."""
        connection = IMAPClient(self.host, self.imaps_port, ssl_context=self.trust(), timeout=10)
        try:
            connection.login(user, self.users[user])
            yield connection
        finally:
            with contextlib.suppress(OSError, IMAPClient.Error):
                connection.logout()

    def deliver(self, user: str, octets: bytes, *, reverse_path: str = "") -> None:
        """Put a message into the user's INBOX, by LMTP as an MTA does it. RFC 2033."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=10) as connection:
            connection.sendmail(reverse_path, [user], octets)

    def folder(self, user: str, name: str = "INBOX") -> list[bytes]:
        """The octets of each message in a folder, oldest first; empty when there is no such folder."""
        with self.client(user) as connection:
            if not connection.folder_exists(name):
                return []
            connection.select_folder(name, readonly=True)
            fetched = connection.fetch(connection.search(), ["BODY.PEEK[]"])
            return [fetched[uid][b"BODY[]"] for uid in sorted(fetched)]


@contextlib.contextmanager
def dovecot(users: Mapping[str, str] | None = None) -> Iterator[Dovecot]:
    """Start a Dovecot with these users (alice with the password "secret" when none are named)."""
    require("dovecot", package="dovecot-imapd")
    if not Path("/usr/lib/dovecot/lmtp").exists():
        missing("Dovecot's LMTP server (Debian package dovecot-lmtpd)")
    account = unprivileged()
    with directory("dovecot", account) as home:
        server = Dovecot(home=home, account=account, users=users or {"alice": "secret"})
        server.start()
        try:
            yield server
        finally:
            server.stop()
