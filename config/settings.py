"""Every setting, its default and its meaning; read once at start-up from one TOML file, the environment and files.

Owns names, types and defaults. Nothing else in the project reads the environment: each adapter gets its own slice.
`INTAKE_SMTP__PORT=25` sets `smtp.port`; a setting that holds a secret can be given as `…_file`, a path to read.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """A part of the settings. Unknown keys are refused; `name_file` fills the secret `name` from a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def read_secret_files(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        filled = dict(values)
        for name, field in cls.model_fields.items():
            path = filled.pop(f"{name}_file", None) if f"{name}_file" not in cls.model_fields else None
            if path is None:
                continue
            if field.annotation not in {SecretStr, SecretStr | None}:
                raise ValueError(f"{name}_file: only secrets can be read from a file; set {name} itself")
            try:
                filled[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ValueError(f"{name}_file: cannot read {path}: {error.strerror}") from error
        return filled


class ServiceSettings(Section):
    """What the service desk is called and how it is reached from outside."""

    name: str = Field("Helpdesk", description="the service desk's name in mail and pages")
    public_url: str | None = Field(
        None, description="where people and PBXs reach us, such as https://helpdesk.firma.cz; else http.host and port"
    )
    workplace_addresses: tuple[str, ...] = Field(
        (), description="the two IP addresses our remote access comes from; shown to the customers"
    )
    phone_numbers: tuple[str, ...] = Field(
        (), description="the numbers customers call, as people read them; shown on the site"
    )
    data_dir: Path = Field(Path("var"), description="folder of the embedded database, large blobs and generated keys")
    secret_key: SecretStr | None = Field(
        None, description="signs reply addresses and Message-IDs; made and kept in data_dir when not given"
    )
    old_secret_keys: tuple[SecretStr, ...] = Field((), description="former secret keys that still verify")


class DatabaseSettings(Section):
    """Where everything is stored."""

    url: SecretStr | None = Field(
        None, description="sqlite:///path or postgresql://…; an SQLite file in service.data_dir when not given"
    )
    pool_size: int = Field(10, ge=2, le=200, description="database connections kept open")


MailMode = Literal["strict", "trusted-relay", "address-only"]


class MailPolicySettings(Section):
    """What differs for one receiving address or mailbox; what is not given is as in [mail]."""

    policy: MailMode | None = Field(None, description="as mail.policy")
    unknown: Literal["reject", "hold"] | None = Field(None, description="as mail.unknown")
    unverified: Literal["hold", "reject"] | None = Field(None, description="as mail.unverified")


class MailSettings(Section):
    """The addresses that take requests and the rules for who may write to them."""

    addresses: tuple[str, ...] = Field(
        ("helpdesk@intake.localhost",), min_length=1, description="receiving addresses; the first one answers"
    )
    policy: MailMode = Field(
        "strict", description="strict: we verify; trusted-relay: the relay's results count; address-only is unsafe"
    )
    authserv_ids: tuple[str, ...] = Field((), description="authserv-ids whose Authentication-Results are trusted")
    border_hosts: tuple[str, ...] = Field(
        (), description="names (or *.suffix) by which our relays sign Received; results may stand below these fields"
    )
    results_without_id: bool = Field(
        False, description="believe Authentication-Results without an authserv-id (Office 365 in front of us)"
    )
    arc_sealers: tuple[str, ...] = Field((), description="domains of forwarders whose ARC seals are believed")
    reply_address_proves: bool = Field(
        True, description="a mail of the ticket's own contact to its signed reply address needs no other proof"
    )
    policies: dict[str, MailPolicySettings] = Field(
        {}, description='[mail.policies."vip@firma.cz"]: policy, unknown, unverified of one address or mailbox'
    )
    unknown: Literal["reject", "hold"] = Field("reject", description="the answer to authors who are on no list")
    unverified: Literal["hold", "reject"] = Field("hold", description="the answer to listed authors without proof")
    minimum_rsa_bits: int = Field(2048, ge=1024, description="shorter DKIM keys do not count")
    max_octets: int = Field(25 * 2**20, ge=65_536, description="largest message taken, announced by SIZE")
    outgoing_folder: Path | None = Field(
        None, description="write outgoing mail into this folder instead of sending it, for trying things out"
    )
    quarantine_days: int = Field(30, ge=1, description="held requests nobody decided about are deleted after this time")
    quarantine_digest_to: tuple[str, ...] = Field((), description="who gets the daily mail about held requests")
    quarantine_digest_hour: int = Field(7, ge=0, le=23, description="when, Prague time")
    quarantine_digest_language: Literal["cs", "en"] = Field("cs", description="in which language")
    customer_digest: bool = Field(
        True, description="a mail a day to customers' own admins about what is held under their people's names"
    )
    unknown_notice: bool = Field(
        True, description="who proved an address that is on no list is told so, once a day at most"
    )
    alerts_to: tuple[str, ...] = Field((), description="who of ours is told what is wrong with a mailbox")
    alerts_language: Literal["cs", "en"] = Field("cs", description="in which language")
    warnings_to: tuple[str, ...] = Field((), description="who of ours is told when a deadline is near")
    breaches_to: tuple[str, ...] = Field((), description="who of ours is told when a deadline was missed")
    notices: tuple[
        Literal["in-progress", "more-info", "postponed", "to-verify", "closed", "reopened", "category"], ...
    ] = Field(
        ("in-progress", "more-info", "postponed", "to-verify", "closed", "reopened", "category"),
        description="what a contact is told by mail when a ticket moves; the others are not sent",
    )
    link_days: int = Field(
        30, ge=1, description="the one-click links in mail work for so long, if nothing else ends them"
    )
    automatic_per_day: int = Field(
        200, ge=1, description="more automatic mails to one address within 24 hours are not sent"
    )
    automatic_burst: int = Field(
        30, ge=1, description="more automatic mails to one address within burst_minutes are not sent"
    )
    burst_minutes: int = Field(10, ge=1, description="see automatic_burst")
    max_hops: int = Field(50, ge=5, description="more Received fields than this is a mail loop")

    @field_validator("policies")
    @classmethod
    def fold_accounts(cls, policies: dict[str, MailPolicySettings]) -> dict[str, MailPolicySettings]:
        return {account.lower(): policy for account, policy in policies.items()}


class CategoryRuleSettings(Section):
    """A rule for the category of new requests. The admins' own rules are kept beside these, in the database."""

    kind: Literal["mark", "subject", "text", "recipient"] = Field(
        "subject", description="where to look: a [mark], words of the subject, of the text, the receiving address"
    )
    pattern: str = Field(min_length=1, max_length=200, description='what to find; "havari*" is a beginning')
    category: Literal["A", "B", "C", "change"] | None = Field(None, description="the category it gives")
    priority: bool = Field(False, description="a technician should look at once")
    position: int | None = Field(None, ge=0, le=100_000, description="smaller ones count first; else by kind")


class RulesSettings(Section):
    """Which requests are critical by their words, when nothing else was agreed."""

    categories: tuple[CategoryRuleSettings, ...] = Field(
        (
            CategoryRuleSettings(pattern="havari*", category="A"),
            CategoryRuleSettings(pattern="kritick*", category="A"),
            CategoryRuleSettings(pattern="critical", category="A"),
            CategoryRuleSettings(pattern="urgent*", priority=True),
            CategoryRuleSettings(pattern="spěchá", priority=True),
            CategoryRuleSettings(pattern="asap", priority=True),
        ),
        description="[[rules.categories]]: rules for categories; giving any replaces these",
    )


class AttachmentSettings(Section):
    """Which files are given out. Kinds: executable, macro, archive, mislabelled; image/*, application/zip; .iso."""

    withhold: tuple[str, ...] = Field(
        ("executable",), description="kinds of files that are taken but given to nobody until an admin releases them"
    )
    hold: tuple[str, ...] = Field((), description="kinds of files whose whole request waits in quarantine")
    refuse: tuple[str, ...] = Field((), description="kinds of files whose request is not taken at all")
    max_octets: int | None = Field(None, ge=1, description="a larger file is withheld; not given: no limit of its own")
    max_files: int = Field(200, ge=1, description="a request with more files waits in quarantine")


class ClamavSettings(Section):
    """ClamAV's daemon, which looks at every mail and every uploaded file before anything is filed."""

    socket: Path | None = Field(None, description="path of clamd's Unix socket; without it and host nothing is scanned")
    host: str | None = Field(None, description="or the host it listens on")
    port: Port = Field(3310, description="and the port")
    timeout_seconds: float = Field(30.0, gt=0, le=600, description="deadline of one look")
    when_down: Literal["retry", "hold", "accept"] = Field(
        "retry", description="while it does not answer: ask the peer to come again, hold, or take it in unseen"
    )


class SmtpSettings(Section):
    """The SMTP listener."""

    enabled: bool = Field(True, description="listen for SMTP")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(8025, description="port to listen on")
    hostname: str = Field("localhost", description="our name in the greeting")
    tls_certificate: Path | None = Field(None, description="PEM chain; offers STARTTLS when set")
    tls_key: Path | None = Field(None, description="PEM key of tls_certificate")
    tls_port: Port | None = Field(None, description="second listener with TLS from the first octet, such as 465")
    submission: bool = Field(
        True, description="contacts may hand mail in with their log-in and password; over TLS only (tls_certificate)"
    )
    require_starttls: bool = Field(False, description="refuse mail on an unencrypted connection")
    max_connections: int = Field(1000, ge=1, description="more connections are answered 421")
    reuse_port: bool = Field(
        False, description="several processes of this host listen on the port together and share the connections"
    )


class LmtpSettings(Section):
    """The LMTP listener, for an MTA on the same host."""

    enabled: bool = Field(False, description="listen for LMTP")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(8024, description="port to listen on")
    path: Path | None = Field(None, description="a Unix socket instead of host and port")


class HttpSettings(Section):
    """API, webhooks and web pages."""

    enabled: bool = Field(True, description="serve HTTP")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(8080, description="port to listen on")
    trusted_proxies: tuple[str, ...] = Field((), description="addresses whose X-Forwarded-For is believed")


SecondFactorFor = Literal["admin", "service-manager", "technician", "customer-admin", "contact"]


class SignInSettings(Section):
    """How people log in to the website."""

    second_factor_for: tuple[SecondFactorFor, ...] = Field(
        (), description="who needs more than a password: a one-time code, or a passkey"
    )
    ca_file: Path | None = Field(
        None, description="PEM roots to trust instead of the system's, for customers' identity providers"
    )
    allowed_networks: tuple[str, ...] = Field(
        (), description="networks inside ours where customers' identity providers may be, such as 10.1.0.0/16"
    )


class AskedSettings(Section):
    """How much may be sent to somebody because somebody else asks for it: customers' own admins above all."""

    mails_per_address: int = Field(
        5, ge=1, description="codes and invitations to one mail address within 24 hours, whoever asks"
    )
    mails_per_customer: int = Field(
        500, ge=1, description="mails that one customer's own admins cause within 24 hours, codes of an import included"
    )
    codes_per_number: int = Field(5, ge=1, description="codes to prove one phone number within an hour, whoever asks")
    codes_per_customer: int = Field(20, ge=1, description="codes to prove phone numbers of one customer within an hour")


class OauthSettings(Section):
    """How access tokens are asked for, instead of a password (Microsoft 365, Gmail)."""

    token_url: str = Field(description="the provider's token endpoint, https")
    client_id: str = Field(description="our client's id")
    client_secret: SecretStr | None = Field(None, description="our client's secret")
    scope: str = Field("", description="such as https://outlook.office365.com/.default")
    refresh_token: SecretStr | None = Field(
        None, description="ask by this refresh token; without one, by client credentials"
    )
    mechanism: Literal["xoauth2", "oauthbearer"] = Field("xoauth2", description="how the token is shown to the server")
    secret_expires: date | None = Field(
        None, description="the day the client secret or refresh token ends; 30 days before, something is wrong"
    )


class MailboxSettings(Section):
    """A mailbox read by IMAP."""

    name: str = Field(description="the mailbox's name in the ledger")
    host: str = Field(description="IMAP server")
    port: Port = Field(993, description="IMAP port")
    tls: Literal["tls", "starttls", "none"] = Field("tls", description="none only to this very host")
    login: str = Field(description="IMAP login")
    password: SecretStr | None = Field(None, description="IMAP password")
    oauth: OauthSettings | None = Field(None, description="access tokens instead of the password")
    ca_file: Path | None = Field(None, description="PEM roots to trust instead of the system's")
    folder: str = Field("INBOX", description="folder that receives")
    processed: str = Field("Processed", description="where mail goes that was taken in")
    refused: str = Field("Refused", description="where mail goes that was refused")
    silent_hours: float | None = Field(
        None, gt=0, description="without a mail for so long, something is wrong; not given: never"
    )
    failing_minutes: float = Field(0, ge=0, description="when it cannot be read for so long, something is wrong")
    reconcile_days: int = Field(
        7, ge=0, le=366, description="the folders' mails of so many days are compared with the ledger; 0: never"
    )
    reconcile_hours: float = Field(6, gt=0, description="how often that is done")

    @model_validator(mode="after")
    def has_one_secret(self) -> "MailboxSettings":
        if (self.password is None) == (self.oauth is None):
            raise ValueError("give either password or oauth")
        return self


class PhoneEndpointSettings(Section):
    """A PBX that tells us about calls."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,60}$", description="name in the URL /hooks/phone/NAME")
    dialect: str = Field("native", description="how the PBX speaks: native, zammad, …")
    secret: SecretStr | None = Field(None, description="key of signed requests")
    token: SecretStr | None = Field(None, description="bearer token, or the token in a Zammad URL")
    username: str | None = Field(None, description="user name of Basic authentication")
    password: SecretStr | None = Field(None, description="password of Basic authentication")
    more_secrets: tuple[SecretStr, ...] = Field((), description="further keys that are valid too, while one is changed")
    more_tokens: tuple[SecretStr, ...] = Field((), description="further tokens that are valid too")
    more_passwords: tuple[SecretStr, ...] = Field((), description="further passwords of username that are valid too")
    allow_from: tuple[str, ...] = Field((), description="networks that may post; empty allows all")
    region: str | None = Field(None, description="region of national numbers; the dialect's own when not given")
    e164_without_plus: bool | None = Field(
        None, description="bare digits are E.164 without its plus; the dialect's own when not given"
    )
    strip_prefix: str = Field("", pattern=r"^[0-9]{0,6}$", description="outside-line prefix to remove")
    withheld: tuple[str, ...] = Field((), description="further words or +numbers the PBX sends for a withheld number")
    trust_asserted: bool = Field(
        False, description="believe P-Asserted-Identity: only if the PBX removes it from calls of strangers"
    )
    trust_presented: bool = Field(True, description="the number shown is proof enough; else it takes a better one")
    trust_verstat: bool = Field(False, description="believe the trunk's word on a passed attestation")
    attestation_roots: Path | None = Field(
        None, description="PEM roots; the PASSporTs (STIR/SHAKEN) that the PBX passes on are checked against them"
    )
    attestation_hosts: tuple[str, ...] = Field(
        (), description="hosts the certificates of attestation signers may be fetched from"
    )
    match_private: bool = Field(False, description="look callers up who asked for their number not to be shown")
    reject_as: Literal["rejected", "busy"] = Field("rejected", description="how a refused call sounds")
    forward_to: str | None = Field(
        None, max_length=200, description="number or SIP URI that allowed calls are connected to, if the PBX can"
    )
    ask_pin: Literal["never", "unproved", "always"] = Field(
        "never", description="which listed callers key a PIN: none, those whose number nothing proves, or all"
    )
    withheld_callers: Literal["reject", "forward", "ask-pin"] = Field(
        "reject", description="callers who show no number: refused, sent to fallback_to, or asked for contact and PIN"
    )
    unknown_callers: Literal["reject", "forward", "ask-pin"] = Field(
        "reject", description="callers whose number is on no list: likewise"
    )
    fallback_to: str | None = Field(
        None, max_length=200, description="number or SIP URI for callers who are forwarded without being authorized"
    )
    api_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+$",
        description="address of the provider's API, where decisions go by commands",
    )
    api_username: str | None = Field(None, description="client id for that API (Yeastar)")
    api_key: SecretStr | None = Field(None, description="API key (Telnyx) or client secret (Yeastar)")
    fetch_recordings: bool = Field(True, description="put a caller's announced voicemail to the ticket as a file")
    recording_hosts: tuple[str, ...] = Field(
        (), description="hosts, or origins like http://10.0.0.5:8080, recordings are fetched from besides the vendor's"
    )
    recording_username: str | None = Field(None, description="user name to fetch recordings with")
    recording_password: SecretStr | None = Field(None, description="password to fetch recordings with")
    application_id: str | None = Field(None, description="application whose recordings are fetched (Vonage)")
    application_key: Path | None = Field(None, description="file with that application's private key, PEM")
    language: Literal["cs", "en"] = Field("cs", description="what callers hear, and why a call was refused")
    ringing_minutes: float = Field(
        60, gt=0, le=1440, description="a call that rings for so long without another event has ended"
    )
    talking_hours: float = Field(
        12, gt=0, le=168, description="a call that was answered has ended after so long without another event"
    )
    voicemail_from: str | None = Field(
        None, description="address the PBX mails voicemail from; its mail is the caller's, once it is proved"
    )
    ticket_on: tuple[Literal["answered", "missed", "voicemail"], ...] = Field(
        ("missed", "voicemail"), description="which calls make a ticket"
    )
    join_minutes: int = Field(30, ge=0, description="a caller's next call within this time joins the open ticket")


class SmarthostSettings(Section):
    """A server that takes our outgoing mail."""

    host: str = Field(description="SMTP server")
    port: Port = Field(587, description="SMTP port")
    tls: Literal["starttls", "tls", "none"] = Field("starttls", description="none only to this very host")
    login: str | None = Field(None, description="login for SMTP AUTH")
    password: SecretStr | None = Field(None, description="password for SMTP AUTH")
    oauth: OauthSettings | None = Field(None, description="access tokens instead of the password")
    ca_file: Path | None = Field(None, description="PEM roots to trust instead of the system's")


class DkimKeySettings(Section):
    """A key our mail is signed with; `intake dkim make` makes one."""

    domain: str = Field(description="the domain of our address, or one above it")
    selector: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", description="its public key is at SELECTOR._domainkey.DOMAIN"
    )
    private_key: SecretStr = Field(description="PEM, RSA or Ed25519")


class WebhookSettings(Section):
    """How other programs are told of events."""

    content: Literal["none", "subject", "text"] = Field(
        "none", description="what people wrote that events of tickets may hold: nothing, subjects, or texts too"
    )
    allowed_networks: tuple[str, ...] = Field(
        (), description="networks inside ours that may be posted to, by http too, such as 10.1.0.0/16"
    )
    timeout_seconds: float = Field(15.0, gt=0, le=120, description="deadline of one post, answer included")
    disable_after_hours: float = Field(
        120.0, gt=0, description="an endpoint that fails for so long without a break is switched off, with an alert"
    )
    keep_days: int = Field(30, ge=1, description="events are kept for so long, to be posted again when asked")


class DnsSettings(Section):
    """How DKIM keys and SPF records are looked up."""

    nameservers: tuple[str, ...] = Field((), description="address or address:port each; empty: the system's")
    timeout_seconds: float = Field(5.0, gt=0, le=60, description="deadline of one look-up")


class Settings(BaseSettings):
    """All settings. Every one has a default: `intake serve` runs without a file."""

    model_config = SettingsConfigDict(
        env_prefix="INTAKE_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    service: ServiceSettings = ServiceSettings()
    database: DatabaseSettings = DatabaseSettings()
    mail: MailSettings = MailSettings()
    rules: RulesSettings = RulesSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    clamav: ClamavSettings = ClamavSettings()
    smtp: SmtpSettings = SmtpSettings()
    lmtp: LmtpSettings = LmtpSettings()
    http: HttpSettings = HttpSettings()
    sign_in: SignInSettings = SignInSettings()
    asked: AskedSettings = AskedSettings()
    dns: DnsSettings = DnsSettings()
    webhooks: WebhookSettings = WebhookSettings()
    mailboxes: tuple[MailboxSettings, ...] = ()
    phone_endpoints: tuple[PhoneEndpointSettings, ...] = ()
    smarthosts: tuple[SmarthostSettings, ...] = ()
    dkim_keys: tuple[DkimKeySettings, ...] = ()

    @property
    def public_url(self) -> str:
        """Where people and PBXs reach us, without a final slash."""
        return (self.service.public_url or f"http://{self.http.host}:{self.http.port}").rstrip("/")

    @property
    def database_url(self) -> str:
        """The database's URL, the embedded default filled in."""
        if self.database.url is not None:
            return self.database.url.get_secret_value()
        return f"sqlite:///{self.service.data_dir / 'intake.db'}"
