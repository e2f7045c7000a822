"""What single checks found and decisions say in private: each sentence in English, as it is kept, and in Czech.

The checks write English, which is what the ledger keeps and machines read. A reader of Czech gets the same finding by
this table: a sentence is known by its English form, its parts are put into the Czech one. `{then}` stands for a
sentence of this table again. A test takes every sentence out of the modules that find something and demands its Czech.
"""

# ruff: noqa: E501 - a sentence and its Czech stay on one line

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

# The English form and the Czech one; the first that fits counts.
FINDINGS: Sequence[tuple[str, str]] = (
    # what one check adds to another's words
    ("{then}; recorded only, this address verifies by itself", "{then}; jen pro záznam, tato adresa ověřuje sama"),
    ("{then}; the DNS does not say now whether that speaks for {author}", "{then}; DNS teď neříká, zda to mluví za {author}"),
    ("{then}, which is not the author's domain {author}", "{then}, což není doména autora {author}"),
    ("{then}; asked for a contact's number and PIN", "{then}; volající má zadat číslo kontaktu a PIN"),
    # authz.policy
    ("{value} is listed for {customer}, but: {reason}", "{value} je v seznamu zákazníka {customer}, ale neplatí ({reason})"),
    ("{value} is listed for {customer}; {evidence}", "{value} je v seznamu zákazníka {customer}"),
    ("the attestation of {value} failed: {evidence}", "osvědčení čísla {value} neprošlo"),
    ("{value} is on no list of authorized contacts", "{value} není v žádném seznamu oprávněných"),
    ("{value} belongs to {customers}", "{value} patří zákazníkům {customers}"),
    ("{shown} names nobody", "{shown} nikoho neurčuje"),
    ("nothing to check", "není co ověřovat"),
    # authz.mail.contact_proof, end_to_end
    ("sent to our own signed address of ticket {number}, which is not the author's", "poslané na naši podepsanou adresu požadavku {number}, ta ale nepatří autorovi"),
    ("sent to our own signed address of ticket {number}", "poslané na naši podepsanou adresu požadavku {number}"),
    (", which is not the author's", ", ta ale nepatří autorovi"),
    ("logged in as {login}, who does not have the author's address", "přihlášení {login}, to ale nemá adresu autora"),
    ("logged in as {login}", "přihlášení {login}"),
    (", who does not have the author's address", ", to ale nemá adresu autora"),
    ("the message carries {name}, which is not verified here", "zpráva nese {name}, to se zde neověřuje"),
    # authz.mail.authenticate
    ("not checked: another proof already speaks for the author", "nekontrolováno, za autora už mluví jiný důkaz"),
    ("not checked: it is not known which host sent it", "nekontrolováno, není známo, který server zprávu odeslal"),
    ("not checked: the header exceeds the limits", "nekontrolováno, hlavička je příliš dlouhá"),
    ("the message is not signed", "zpráva není podepsaná"),
    ("the relay", "předřazený server"),
    # authz.mail.dkim_check
    ("signed by {domain}, key {selector}, {kind} {bits} bits, a weak key, DNSSEC", "podepsala {domain}, klíč {selector}, {kind} {bits} bitů, slabý klíč, DNSSEC"),
    ("signed by {domain}, key {selector}, {kind} {bits} bits, a weak key", "podepsala {domain}, klíč {selector}, {kind} {bits} bitů, slabý klíč"),
    ("signed by {domain}, key {selector}, {kind} {bits} bits, DNSSEC", "podepsala {domain}, klíč {selector}, {kind} {bits} bitů, DNSSEC"),
    ("signed by {domain}, key {selector}, {kind} {bits} bits", "podepsala {domain}, klíč {selector}, {kind} {bits} bitů"),
    ("signed by {domain}, key {rest}", "podepsala {domain}, klíč {rest}"),
    (", a weak key", ", slabý klíč"),
    ("signed by {domain}", "podepsala {domain}"),
    ("the text was changed after {domain} signed it", "text byl změněn poté, co ho {domain} podepsala"),
    ("the header was changed after {domain} signed it, or the key is another", "hlavička byla změněna poté, co ji {domain} podepsala, nebo je klíč jiný"),
    ("the signature by {domain} has impossible times", "podpis domény {domain} má nemožné časy"),
    ("the signature by {domain} is from the future", "podpis domény {domain} je z budoucnosti"),
    ("the signature by {domain} has expired", "platnost podpisu domény {domain} už skončila"),
    ("{domain} is only testing its signatures (t=y)", "{domain} podpisy teprve zkouší (t=y)"),
    ("the key of {domain} is not for its subdomains (t=s)", "klíč domény {domain} neplatí pro její subdomény (t=s)"),
    ("the key of {domain} has only {bits} bits, {needed} are needed", "klíč domény {domain} má jen {bits} bitů, potřeba je {needed}"),
    ("the key of {domain} has only {bits} bits", "klíč domény {domain} má jen {bits} bitů"),
    ("there are {count} {name} fields, {domain} has not signed all of them", "pole {name} je ve zprávě {count}×, {domain} nepodepsala všechna"),
    ("the signature by {domain} does not cover {name}", "podpis domény {domain} nekryje pole {name}"),
    # authz.mail.dkim_signature
    ("a signature is malformed", "podpis má chybný tvar"),
    ("a signature names no proper domain and selector", "podpis neuvádí řádnou doménu a selektor"),
    ("the signature by {domain} claims an identity outside it", "podpis domény {domain} uvádí totožnost mimo ni"),
    ("the signature by {domain} {then}", "podpis domény {domain} {then}"),
    ("is of an unknown version", "je neznámé verze"),
    ("lacks a required tag", "postrádá povinnou položku"),
    ("covers only a part of the text (l=)", "kryje jen část textu (l=)"),
    ("has an unknown canonicalization", "má neznámou kanonizaci"),
    ("is no base64", "není base64"),
    ("does not cover From", "nekryje pole From"),
    ("has no key in the DNS", "nemá klíč v DNS"),
    ("uses {algorithm}", "používá {algorithm}"),
    # authz.mail.signing_keys
    ("the DNS gave no answer for the key {name}", "DNS neodpověděla na dotaz po klíči {name}"),
    ("there is no key {name}", "klíč {name} neexistuje"),
    ("there are several records for the key {name}", "pro klíč {name} je víc záznamů"),
    ("the key {name} is {kind}, the signature {other}", "klíč {name} je {kind}, podpis {other}"),
    ("the key {name} {then}", "klíč {name} {then}"),
    ("is malformed", "má chybný tvar"),
    ("is revoked", "je odvolaný"),
    ("has no p=", "nemá p="),
    ("does not allow SHA-256", "nedovoluje SHA-256"),
    ("is not for mail", "není pro poštu"),
    ("has no 32 octets", "nemá 32 bajtů"),
    ("is of an unknown kind", "je neznámého druhu"),
    ("cannot be read", "nejde přečíst"),
    ("is no RSA key", "není klíč RSA"),
    ("is longer than {bits} bits", "je delší než {bits} bitů"),
    ("has an excessive exponent", "má příliš velký exponent"),
    # authz.mail.spf_check
    ("the envelope names no domain to check", "obálka neuvádí doménu, kterou by šlo ověřit"),
    ("{domain} lets {ip} send for it", "{domain} dovoluje serveru {ip} za ni odesílat"),
    ("{domain} forbids {ip} to send for it", "{domain} serveru {ip} zakazuje za ni odesílat"),
    ("{domain} does not expect {ip} to send for it", "{domain} nečeká, že za ni bude odesílat server {ip}"),
    ("{domain} says nothing about {ip}", "{domain} o serveru {ip} nic neříká"),
    ("{domain} publishes no SPF record", "{domain} nezveřejňuje záznam SPF"),
    ("the DNS gave no answer about the SPF record of {domain}", "DNS neodpověděla na dotaz po záznamu SPF domény {domain}"),
    ("the SPF record of {domain} is broken", "záznam SPF domény {domain} je chybný"),
    ("SPF of {domain}: {error}", "SPF domény {domain}: {error}"),
    # authz.mail.dmarc
    ("{domain} publishes several DMARC records", "{domain} zveřejňuje víc záznamů DMARC"),
    ("{domain} publishes no DMARC record", "{domain} nezveřejňuje záznam DMARC"),
    ("publishes several DMARC records", "zveřejňuje víc záznamů DMARC"),
    ("publishes no DMARC record", "nezveřejňuje záznam DMARC"),
    ("the DNS gave no answer about the DMARC record of {domain}: {error}", "DNS neodpověděla na dotaz po záznamu DMARC domény {domain}: {error}"),
    ("{domain} asks for {policy}; {then}", "{domain} si přeje {policy}; {then}"),
    ("{domain} asks for {policy}; ", "{domain} si přeje {policy}; "),
    ("an identity is aligned", "některá totožnost s ní souhlasí"),
    ("nothing is aligned", "nic s ní nesouhlasí"),
    # authz.mail.arc, vouching
    ("the message is not sealed", "zpráva není zapečetěná"),
    ("a chain of {count} seals is whole", "řetěz pečetí je celý, počet pečetí: {count}"),
    ("there are more than {count} {name} fields", "polí {name} je víc než {count}"),
    ("the instances of {name} are malformed or doubled", "pořadí polí {name} je chybné nebo dvojité"),
    ("the sets are not complete", "sady nejsou úplné"),
    ("seal {number} says the chain was not valid", "pečeť {number} říká, že řetěz neplatil"),
    ("the newest message signature covers seals", "nejnovější podpis zprávy kryje pečeti"),
    ("the text was changed after {domain} sealed it", "text byl změněn poté, co ho {domain} zapečetila"),
    ("seal {number} is malformed", "pečeť {number} má chybný tvar"),
    ("a seal names no proper domain and selector", "pečeť neuvádí řádnou doménu a selektor"),
    ("a signature by {domain} does not fit", "podpis domény {domain} nesouhlasí"),
    ("the DNS does not say now whether {domain} speaks for {author}", "DNS teď neříká, zda {domain} mluví za {author}"),
    ("{reporter} reports {results}, nothing that speaks for {author}", "{reporter} hlásí {results}, nic z toho nemluví za {author}"),
    ("{reporter} reports {method}=pass for {domain}", "{reporter} hlásí {method}=pass pro {domain}"),
    ("{reporter} reports nothing", "{reporter} nic nehlásí"),
    ("the chain was sealed last by {domain}, which is not on the list", "jako poslední řetěz zapečetila {domain}, a ta na seznamu není"),
    ("{domain} did not seal From and Subject as they are", "{domain} nezapečetila pole From a Subject tak, jak jsou"),
    # authz.phone.trust, passport; channels.phone
    ("{number} is shown", "ukázané číslo je {number}"),
    ("supposed to be shown", "předpokládáme, že je ukázané"),
    ("supposed to pass", "předpokládáme, že by byl v pořádku"),
    ("{number} is asserted by a PBX outside our trust domain", "{number} potvrzuje ústředna, které v tom nevěříme"),
    ("{number} is asserted by the PBX", "{number} potvrzuje ústředna"),
    ("the trunk says {said}", "operátor hlásí {said}"),
    ("no roots are configured to check attestations by", "není nastaveno, podle kterých kořenů osvědčení ověřovat"),
    ("the PASSporT cannot be read", "PASSporT nejde přečíst"),
    ("a PASSporT of another kind than shaken is not checked", "jiný PASSporT než shaken se neověřuje"),
    ("the PASSporT's signature does not match", "podpis PASSporTu nesouhlasí"),
    ("the PASSporT attests nothing known", "PASSporT neosvědčuje nic známého"),
    ("{name} attests the number ({level})", "číslo osvědčuje {name} ({level})"),
    ("the PASSporT names no time", "PASSporT neuvádí čas"),
    ("the PASSporT is {age} s from our clock", "PASSporT se od našich hodin liší o {age} s"),
    ("the PASSporT is for another calling number", "PASSporT je pro jiné volající číslo"),
    ("the PASSporT is for another called number", "PASSporT je pro jiné volané číslo"),
    ("the signer's certificates are missing or too many", "certifikáty podepsaného chybějí, nebo jich je příliš"),
    ("the signer's certificate is not for signing telephone numbers", "certifikát není pro podepisování telefonních čísel"),
    ("a certificate of the signer is not valid now", "některý certifikát podepsaného teď neplatí"),
    ("the signer's certificates do not lead to a configured root", "certifikáty podepsaného nevedou k nastavenému kořeni"),
    ("the signer's certificates cannot be had from {host} now", "certifikáty podepsaného teď nejde získat z {host}"),
    ("a PIN was keyed from {shown}: {outcome}", "z {shown} byl zadán PIN, výsledek: {then_outcome}"),
    ("the PIN of contact {number}, keyed from {shown}", "PIN kontaktu {number}, zadaný z {shown}"),
    ("attempt {wrong} of {tries} in this call: {outcome}", "pokus {wrong} z {tries} v tomto hovoru: {then_outcome}"),
    ("an outgoing call to {shown}", "odchozí hovor na {shown}"),
    ("{cause} call {call}", "{cause}, hovor {call}"),
    # intake.files.scanning, receive, conversation, web
    ("nothing found", "nic nenašel"),
    ("found {what}", "našel {what}"),
    ("not looked at: {why}", "neprohlédl: {why}"),
    ("the scanner found {what}", "antivirus našel {what}"),
    ("nobody looked at it: {why}", "nikdo ji neprohlédl: {why}"),
    ("{octets} octets, not read", "{octets} B, zpráva nebyla přečtena"),
    ("{hops} Received fields, {most} allowed", "polí Received je {hops}, dovoleno {most}"),
    ("the same message as entry {number}", "stejná zpráva jako záznam {number}"),
    ("{action}: mail {number} to {recipient}", "{action}: e-mail {number} pro {recipient}"),
    ("API token {number}", "token pro API {number}"),
    ("our own mail", "náš vlastní e-mail"),
    ("one-click link", "odkaz z e-mailu"),
    ("{name} of the service desk, for {contact} ({way})", "{name} ze service desku, za {contact} ({way})"),
    ("imported by {name} from {source}; nothing proves who wrote it", "převzal(a) {name} z {source}; nic nedokazuje, kdo to napsal"),
    ("{name} ({address}) forwarded a message that names {author} as its author; nothing else proves who wrote it", "{name} ({address}) přeposlal(a) zprávu, která jako autora uvádí {author}; jiný důkaz, kdo ji napsal, není"),
    # channels.mail.explain: what could prove mail from an address
    ("none is required: mail.policy is address-only, which is unsafe", "důkaz se nežádá (mail.policy je address-only, což není bezpečné)"),
    ("DKIM: a signature of {domain} proves the author; whether {d} signs can only be seen in a message", "DKIM: autora dokazuje podpis domény {domain}; zda podepisuje, je vidět až na zprávě"),
    ("shared by strangers: a proof must name exactly {domain}, and only single addresses can be listed", "doménu sdílejí cizí lidé: důkaz musí znít přesně na {domain} a do seznamu patří jen jednotlivé adresy"),
    ("reply address: an answer of this contact to our mail about their own ticket is proved by it", "adresa pro odpověď: dokazuje odpověď tohoto kontaktu na náš e-mail o jeho vlastním požadavku"),
    ("log-in: mail handed in by this contact's own log-in over TLS is proved by it", "přihlášení: dokazuje poštu, kterou tento kontakt předá po svém přihlášení přes TLS"),
    ("SPF: the DNS gives no answer about {domain} now", "SPF: DNS teď o doméně {domain} neodpovídá"),
    ("SPF: {domain} publishes none, so no sending host proves the author", "SPF: {domain} žádný záznam nemá, odesílající server tedy autora nedokáže"),
    ("SPF: {domain} publishes several records, which count as none", "SPF: {domain} má víc záznamů, což je, jako by neměla žádný"),
    ("SPF: mail straight from a host that this record allows proves the author: {record}", "SPF: autora dokazuje pošta přímo ze serveru, který tento záznam dovoluje: {record}"),
    ("DMARC: the DNS gives no answer about {domain} now", "DMARC: DNS teď o doméně {domain} neodpovídá"),
    ("DMARC: {domain} publishes none; a proof by its registered domain or a name below counts", "DMARC: {domain} žádný záznam nemá; platí důkaz její registrované domény nebo jména pod ní"),
    ("DMARC: {domain} asks for p={policy}; {methods} must name exactly {d}", "DMARC: {domain} si přeje p={policy}; {methods} musí znít přesně na {d}"),
    ("DMARC: {domain} asks for p={policy}", "DMARC: {domain} si přeje p={policy}"),
    # channels.mail.automatic: by what a machine's mail is known
    ("delivery report, {action}", "zpráva o doručení, {action}"),
    ("a report of type {kind}", "hlášení druhu {kind}"),
    ("written by a mail daemon", "napsal ji poštovní server"),
    ("our own mail came back", "vrátil se náš vlastní e-mail"),
    ("{name} is set", "má pole {name}"),
    ("{name} says so", "říká to pole {name}"),
    ("the subject of an automatic reply", "má předmět automatické odpovědi"),
    ("null reverse-path", "prázdný obálkový odesílatel"),
    ("a newsletter", "hromadný e-mail"),
    ("Precedence: {word}", "Precedence: {word}"),
    ("Auto-Submitted: {word}", "Auto-Submitted: {word}"),
    ("{address} is not answered", "na {address} se neodpovídá"),
    ("not addressed to us", "není určen nám"),
)  # fmt: skip

_OUTCOMES = {"right": "správný", "wrong": "nesprávný", "locked": "zamčeno"}
_PART = re.compile(r"\{(\w+)\}")


def say_finding(text: str, language: str) -> str:
    """A finding as it is kept, in the reader's language; what the table does not know stays English."""
    return text if language == "en" else in_czech(text) or text


@lru_cache(maxsize=2048)
def in_czech(text: str) -> str | None:
    """The finding in Czech, None where the table does not know it."""
    for english, czech in _compiled():
        found = english.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        if "then" in parts:
            then = in_czech(parts["then"])
            if then is None:
                continue
            parts["then"] = then
        parts["then_outcome"] = _OUTCOMES.get(parts.get("outcome", ""), parts.get("outcome", ""))
        return czech.format_map(parts)
    return None


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile("".join(_pattern(english)), re.DOTALL), czech) for english, czech in FINDINGS)


def _pattern(english: str) -> Iterator[str]:
    """The English form as a pattern: each part takes as little as fits, the last one the rest."""
    at = 0
    for part in _PART.finditer(english):
        yield re.escape(english[at : part.start()])
        yield rf"(?P<{part[1]}>.+?)"
        at = part.end()
    yield re.escape(english[at:])
