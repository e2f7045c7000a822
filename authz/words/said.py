"""Names of proofs and outcomes, verdicts, reasons and advice, in Czech and English. Data only.

Tests hold that both languages say everything.
"""

from collections.abc import Mapping

from authz.decision import PUBLIC_TEXT, Reason, Verdict
from authz.evidence import Outcome, Proof

PROOF_NAMES: Mapping[str, Mapping[Proof, str]] = {
    "cs": {
        Proof.REPLY_ADDRESS: "Naše podepsaná adresa pro odpověď",
        Proof.SUBMISSION: "Přihlášení odesílatele (SMTP AUTH)",
        Proof.DKIM: "Podpis DKIM",
        Proof.SPF: "SPF, odesílající server",
        Proof.RELAY: "Výsledky předřazeného serveru, kterému věříme",
        Proof.ARC: "Výsledky přeposílajícího serveru, kterému věříme (ARC)",
        Proof.DMARC: "DMARC, co si přeje doména autora",
        Proof.FORWARDED: "Slovo technika",
        Proof.SCAN: "Antivirus",
        Proof.ARCHIVE: "Převzato z archivu",
        Proof.SMIME: "Podpis S/MIME",
        Proof.PGP: "Podpis PGP",
        Proof.ASSERTED: "Číslo potvrzené ústřednou",
        Proof.ATTESTATION: "Osvědčení čísla (STIR/SHAKEN)",
        Proof.PRESENTED: "Číslo, které volající ukázal",
        Proof.PIN: "PIN",
        Proof.CALL_BACK: "Zpětné zavolání na číslo",
        Proof.SESSION: "Přihlášení na webu",
        Proof.TOKEN: "Token pro API",
    },
    "en": {
        Proof.REPLY_ADDRESS: "Our signed reply address",
        Proof.SUBMISSION: "Log-in of the sender (SMTP AUTH)",
        Proof.DKIM: "DKIM signature",
        Proof.SPF: "SPF, the sending host",
        Proof.RELAY: "Results of the trusted relay",
        Proof.ARC: "Results of a trusted forwarder (ARC)",
        Proof.DMARC: "DMARC, what the author's domain asks for",
        Proof.FORWARDED: "A technician's word",
        Proof.SCAN: "Virus scanner",
        Proof.ARCHIVE: "Imported from an archive",
        Proof.SMIME: "S/MIME signature",
        Proof.PGP: "PGP signature",
        Proof.ASSERTED: "Number asserted by the PBX",
        Proof.ATTESTATION: "Attestation of the number (STIR/SHAKEN)",
        Proof.PRESENTED: "Number shown by the caller",
        Proof.PIN: "PIN",
        Proof.CALL_BACK: "Call-back to the number",
        Proof.SESSION: "Log-in on the site",
        Proof.TOKEN: "API token",
    },
}

FOUND: Mapping[str, Mapping[Outcome, str]] = {
    "cs": {
        Outcome.PASS: "v pořádku",
        Outcome.FAIL: "neprošlo",
        Outcome.SOFTFAIL: "nejspíš podvržené",
        Outcome.NEUTRAL: "nic neříká",
        Outcome.NONE: "není",
        Outcome.POLICY: "neuznáno",
        Outcome.TEMPERROR: "teď nejde ověřit",
        Outcome.PERMERROR: "nejde ověřit",
    },
    "en": {
        Outcome.PASS: "passed",
        Outcome.FAIL: "failed",
        Outcome.SOFTFAIL: "probably forged",
        Outcome.NEUTRAL: "says nothing",
        Outcome.NONE: "there is none",
        Outcome.POLICY: "not accepted",
        Outcome.TEMPERROR: "could not be checked now",
        Outcome.PERMERROR: "cannot be checked",
    },
}

NOT_SPEAKING: Mapping[str, str] = {"cs": ", ale nemluví za autora", "en": ", but does not speak for the author"}

VERDICTS: Mapping[str, Mapping[Verdict, str]] = {
    "cs": {
        Verdict.ACCEPT: "Je přijatý",
        Verdict.HOLD: "Čeká v karanténě, až rozhodne člověk",
        Verdict.REJECT: "Je odmítnutý",
        Verdict.RETRY: "Odesílatel to má zkusit znovu",
    },
    "en": {
        Verdict.ACCEPT: "It gets in",
        Verdict.HOLD: "It is held for a person to decide",
        Verdict.REJECT: "It is refused",
        Verdict.RETRY: "Its sender is asked to come again",
    },
}

# Why a request was let in, held or refused, in a sentence.
REASON_WORDS: Mapping[str, Mapping[Reason, str]] = {
    "cs": {
        Reason.AUTHORIZED: "Požadavek byl přijat.",
        Reason.RELEASED: "Požadavek byl uvolněn z karantény.",
        Reason.AUTHOR_AMBIGUOUS: "Zpráva nemá právě jednoho autora: jedno pole Od s jednou adresou.",
        Reason.AUTHOR_UNVERIFIED: "Doména autora neprokázala, že zprávu odeslala (SPF ani DKIM nemluví za ni).",
        Reason.AUTHOR_UNKNOWN: "Adresa není mezi oprávněnými.",
        Reason.CHECK_TEMPORARY: "Kontrolu teď nešlo dokončit; odesílatel to zkusí znovu.",
        Reason.CALLER_UNKNOWN: "Číslo není mezi oprávněnými.",
        Reason.CALLER_WITHHELD: "Volající skryl své číslo.",
        Reason.CALLER_INTERNAL: "Vnitřní a krátká čísla nikoho neurčují.",
        Reason.CALLER_UNPARSABLE: "Číslo volajícího nejde přečíst.",
        Reason.CALLER_NOT_GENUINE: "Číslo volajícího neprošlo ověřením.",
        Reason.PIN_NEEDED: "Volající musí zadat PIN.",
        Reason.PIN_WRONG: "Zadaný PIN nesouhlasí.",
        Reason.PIN_LOCKED: "Příliš mnoho chybných PINů; po nějakou dobu se žádný nepřijme.",
        Reason.OUTGOING_CALL: "Odchozí hovor; nikdo nežádal o vstup.",
        Reason.LOGIN_UNKNOWN: "Přihlášení není platné.",
        Reason.CONTACT_INACTIVE: "Kontakt není aktivní.",
        Reason.CUSTOMER_INACTIVE: "Zákazník není aktivní.",
        Reason.NOT_YET_VALID: "Oprávnění ještě neplatí.",
        Reason.NO_LONGER_VALID: "Oprávnění už skončilo.",
        Reason.CHANNEL_NOT_ALLOWED: "Kontakt tuto cestu nemá povolenou.",
        Reason.CUSTOMER_AMBIGUOUS: "Totožnost patří více zákazníkům.",
        Reason.UNPARSABLE: "Požadavek nešlo přečíst a čeká na člověka.",
        Reason.AUTOMATIC: "Automatické zprávy požadavky nezakládají.",
        Reason.DELIVERY_REPORT: "Zpráva o doručení byla připsána ke zprávě, které se týká.",
        Reason.FORWARD_UNKNOWN: "Autor přeposlané zprávy není v seznamech; někdo musí říct, kdo to je.",
        Reason.INFECTED: "V požadavku byl nalezen virus.",
        Reason.NOT_SCANNED: "Požadavek teď nešlo prověřit na viry; odesílatel to zkusí znovu.",
        Reason.FILE_REFUSED: "Požadavek obsahuje soubor, který se tu nepřijímá.",
        Reason.IMPORTED: "Zpráva byla převzata z archivu.",
        Reason.MAIL_LOOP: "Zpráva prošla příliš mnoha servery, nebo přišla od této služby samotné.",
        Reason.TOO_LARGE: "Zpráva je větší, než služba přijímá.",
        Reason.DUPLICATE: "Požadavek už byl přijat.",
    },
    "en": PUBLIC_TEXT,
}

# What to do about a refusal that has nothing to do with proof; empty where there is nothing to do, and for the two
# reasons whose advice depends on the facts. {shown}: who it claims to be from.
ADVICE: Mapping[str, Mapping[Reason, str]] = {
    "cs": {
        Reason.AUTHORIZED: "",
        Reason.RELEASED: "",
        Reason.DUPLICATE: "",
        Reason.DELIVERY_REPORT: "",
        Reason.IMPORTED: "",
        Reason.AUTHOR_UNKNOWN: "",
        Reason.AUTHOR_UNVERIFIED: "",
        Reason.AUTHOR_AMBIGUOUS: "Poslat ji s jediným polem Od, ve kterém je jediná prostá adresa.",
        Reason.CHECK_TEMPORARY: "Měnit není třeba nic: posoudí se znovu, až přijde příště a DNS odpoví.",
        Reason.CALLER_UNKNOWN: "Přidat {shown} k číslům některého kontaktu nebo zákazníka.",
        Reason.CALLER_WITHHELD: "Volající musí své číslo ukázat.",
        Reason.CALLER_INTERNAL: "V seznamech mohou být jen čísla z veřejné sítě.",
        Reason.CALLER_UNPARSABLE: "Ústředna musí posílat celé číslo; zkontrolujte u ní zemi a předvolbu.",
        Reason.CALLER_NOT_GENUINE: "Hovor potřebuje lepší důkaz než ukázané číslo, nebo musí být ústředna důvěryhodná.",
        Reason.PIN_NEEDED: "Volající zadá PIN, až k tomu bude vyzván; správce ho může kontaktu nastavit.",
        Reason.PIN_WRONG: "Volající zadá správný PIN; správce může kontaktu nastavit nový.",
        Reason.PIN_LOCKED: "Odemkne se samo; správce může kontaktu nastavit nový PIN, tím se odemkne hned.",
        Reason.OUTGOING_CALL: "Požadavkem je jen příchozí hovor.",
        Reason.LOGIN_UNKNOWN: "Dát kontaktu přihlášení, nebo mu nastavit nové heslo.",
        Reason.CONTACT_INACTIVE: "Zapnout kontakt.",
        Reason.CUSTOMER_INACTIVE: "Zapnout zákazníka.",
        Reason.NOT_YET_VALID: "Nastavit u záznamu, kontaktu nebo zákazníka dřívější začátek platnosti.",
        Reason.NO_LONGER_VALID: "Prodloužit platnost záznamu, kontaktu nebo zákazníka.",
        Reason.CHANNEL_NOT_ALLOWED: "Povolit kontaktu tuto cestu.",
        Reason.CUSTOMER_AMBIGUOUS: "Nechat {shown} jen u jednoho zákazníka.",
        Reason.UNPARSABLE: "Podívat se na zprávu, jak přišla; pokud je pravá, pustit ji dál.",
        Reason.AUTOMATIC: "Odpověď stroje požadavek nezaloží; má-li ji vidět člověk, pusťte ji dál.",
        Reason.FORWARD_UNKNOWN: "Při uvolnění určit, čí je přeposlaný požadavek.",
        Reason.INFECTED: "Pustit dál, jen když je nález jistě mylný; soubory by se dostaly do požadavku.",
        Reason.NOT_SCANNED: "Postarat se, aby antivirus běžel, nebo nastavit clamav.when_down.",
        Reason.FILE_REFUSED: "Poslat ji bez toho souboru, nebo změnit seznamy v nastavení attachments.",
        Reason.MAIL_LOOP: "Najít, kdo nám naši poštu vrací, nebo zvýšit mail.max_hops.",
        Reason.TOO_LARGE: "Poslat menší, nebo zvýšit mail.max_octets.",
    },
    "en": {
        Reason.AUTHORIZED: "",
        Reason.RELEASED: "",
        Reason.DUPLICATE: "",
        Reason.DELIVERY_REPORT: "",
        Reason.IMPORTED: "",
        Reason.AUTHOR_UNKNOWN: "",
        Reason.AUTHOR_UNVERIFIED: "",
        Reason.AUTHOR_AMBIGUOUS: "Send it with exactly one From field that holds exactly one plain address.",
        Reason.CHECK_TEMPORARY: "Nothing has to change: it is judged anew when it comes again, once the DNS answers.",
        Reason.CALLER_UNKNOWN: "Add {shown} to the numbers of a contact or of a customer.",
        Reason.CALLER_WITHHELD: "The caller must show the number.",
        Reason.CALLER_INTERNAL: "Only numbers of the public network are on the lists.",
        Reason.CALLER_UNPARSABLE: "The PBX must send the number in full; see the endpoint's region and prefix settings.",  # noqa: E501
        Reason.CALLER_NOT_GENUINE: "The call needs a better proof than the number shown, or the endpoint must trust it.",  # noqa: E501
        Reason.PIN_NEEDED: "The caller keys the PIN when asked; an admin can set one for the contact.",
        Reason.PIN_WRONG: "The caller keys the right PIN; an admin can set a new one for the contact.",
        Reason.PIN_LOCKED: (
            "It opens again by itself; an admin can set a new PIN for the contact, which opens it at once."
        ),
        Reason.OUTGOING_CALL: "Only incoming calls are requests.",
        Reason.LOGIN_UNKNOWN: "Give the contact a log-in, or set a new password.",
        Reason.CONTACT_INACTIVE: "Activate the contact.",
        Reason.CUSTOMER_INACTIVE: "Activate the customer.",
        Reason.NOT_YET_VALID: "Set an earlier beginning of the validity of the entry, the contact or the customer.",
        Reason.NO_LONGER_VALID: "Extend the validity of the entry, the contact or the customer.",
        Reason.CHANNEL_NOT_ALLOWED: "Allow the contact this channel.",
        Reason.CUSTOMER_AMBIGUOUS: "Leave {shown} with one customer only.",
        Reason.UNPARSABLE: "Look at the message as it came; release it if it is genuine.",
        Reason.AUTOMATIC: "A machine's answer opens no request; release it if a person should see it.",
        Reason.FORWARD_UNKNOWN: "Say whose request the forwarded message is, when you release it.",
        Reason.INFECTED: "Release it only if the finding is certainly wrong; its octets would be in the ticket.",
        Reason.NOT_SCANNED: "See that the virus scanner runs, or choose clamav.when_down.",
        Reason.FILE_REFUSED: "Send it without that file, or change the lists under attachments.",
        Reason.MAIL_LOOP: "Find who sends our mail back to us, or raise mail.max_hops.",
        Reason.TOO_LARGE: "Send it smaller, or raise mail.max_octets.",
    },
}

# What to add to the lists: one address, and the whole domain where it can only be one customer's.
LISTING: Mapping[str, tuple[str, str]] = {
    "cs": (
        "Přidat {address} k adresám některého kontaktu.",
        "Pokud celá doména {domain} patří jednomu zákazníkovi, pustí *@{domain} dovnitř všechny jeho lidi.",
    ),
    "en": (
        "Add {address} to the addresses of a contact.",
        "If the whole of {domain} belongs to one customer, *@{domain} lets all its people in.",
    ),
}

# What the author's domain can do to prove its mail, by what was found.
PROVING: Mapping[str, Mapping[str, str]] = {
    "cs": {
        "changed": "Něco zprávu po podepsání mění: poslat ji bez té zacházky, nebo věřit serveru, který ji ověřil předtím (mail.authserv_ids), či pečeti toho, kdo ji přeposílá (mail.arc_sealers).",  # noqa: E501
        "unacceptable": "{domain} musí podepisovat přijatelným způsobem; co je špatně, říká kontrola výše.",
        "broken": "{domain} musí opravit svůj podpis nebo klíč, který zveřejňuje; co je špatně, říká kontrola výše.",
        "foreign": "Kdo odesílá za {domain}, musí podepisovat klíčem této domény (d={domain}), ne svým vlastním.",
        "unsigned": "{domain} musí své e-maily podepisovat (DKIM, d={domain}).",
        "envelope": "Nebo musí být obálkový odesílatel z {domain}, aby za autora mluvilo SPF.",
        "host": "Nebo musí {domain} uvést odesílající server ve svém záznamu SPF.",
        "until_then": "Do té doby může kontakt odpovídat na naši adresu pro odpověď nebo posílat poštu po přihlášení, a co čeká v karanténě, může člověk pustit dál.",  # noqa: E501
    },
    "en": {
        "changed": "Something changes the message after it was signed: send it without that detour, or trust the relay that checked it before (mail.authserv_ids) or the forwarder's seal (mail.arc_sealers).",  # noqa: E501
        "unacceptable": "{domain} must sign in an acceptable way; the check above says what is wrong.",
        "broken": "{domain} must mend its signature or the key it publishes; the check above says what is wrong.",
        "foreign": "Whoever sends for {domain} must sign with a key of {domain} (d={domain}), not of its own.",
        "unsigned": "{domain} must sign its mail with DKIM (d={domain}).",
        "envelope": "Or the envelope sender must be of {domain}, so that SPF speaks for the author.",
        "host": "Or {domain} must list the sending host in its SPF record.",
        "until_then": "Until then: the contact may answer by our reply address or hand mail in with a log-in, and a person may release what is held.",  # noqa: E501
    },
}
