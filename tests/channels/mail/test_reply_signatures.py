"""What devices, mail programs and companies sign with, and prose that begins the same way."""

import pytest

from channels.mail.reply_lines import fold
from channels.mail.reply_signatures import has_contact, is_closing, is_device_signature, is_footer

SIGNED = (
    "Odesláno z aplikace Seznam.cz Email.",
    "Odesláno z mobilního telefonu",
    "Posláno z mého iPhone",
    "Odesláno z mobilu",
    "Odesláno mobilem",
    "Odesláno přes BlueMail",
    "Zasláno z mobilního telefonu",
    "Odesláno z chytrého telefonu Huawei",
    "Odesláno z aplikace Email v telefonu Xiaomi",
    "Odesláno ze zařízení Samsung",
    "Odesláno ze smartphonu Samsung Galaxy.",
    "Odesláno ze systému Android",
    "Odesláno z iPhone 13",
    "Odesláno z Proton Mail pro Android",
    "Odesláno z Yahoo Mail na Androidu",
    "Odesláno z aplikace Pošta v systému Windows 10",
    "Tato zpráva byla odeslána z mobilního telefonu, omluvte prosím překlepy.",
    "Napsáno na mobilu, omlouvám se za překlepy.",
    "Stáhněte si Outlook pro iOS",
    "Získat Outlook pro Android<https://aka.ms/AAb9ysg>",
    "Bez virů.www.avast.com",
    "Neobsahuje žádné viry.www.avast.com",
    "Odoslané z mobilného telefónu",
    "Odoslané z Outlooku pre Android<https://aka.ms/AAb9ysg>",
    "Poslané z mobilu",
    "Stiahnite si Outlook pre iOS",
    "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows 10",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from my Verizon, Samsung Galaxy smartphone",
    "Sent via the Samsung Galaxy S9, an AT&T 5G Evolution capable smartphone",
    "Sent from my iPhone, please excuse typos",
    "Sent with [Proton Mail](https://proton.me/) secure email.",
    "Sent from Yahoo Mail for iPhone",
    "Get Outlook for Android",
    "Wysłane z iPhone'a",
    "Wysłane z aplikacji Outlook dla systemu Android",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Gesendet mit der GMX Mail App",
    "Envoyé de mon iPhone",
    "Télécharger Outlook pour Android",
    "Enviado desde mi iPhone",
    "Enviado desde Outlook para Android",
    "Inviato da iPhone",
)
PROSE = (
    "Telefon nejde.",
    "Odesláno: středa",
    "Odesláno z účtárny to bylo včera.",
    "Odesláno na e-mail dodavatele včera večer.",
    "Odesláno z aplikace, ale nedorazilo to.",
    "Zasláno na telefon kolegyně v pondělí.",
    "Posláno na vaši adresu.",
    "Odoslané na mobil kolegu.",
    "Objednávka byla odeslána e-mailem.",
    "Získat Outlook je těžké, prosím o instalaci na nový počítač.",
    "Sent from my desk, is much easier than my mobile phone.",
    "Sent from the warehouse to the customer last week.",
)


@pytest.mark.parametrize("line", SIGNED)
def test_a_device_signs(line: str) -> None:
    assert is_device_signature(fold(line))


@pytest.mark.parametrize("line", PROSE)
def test_prose_is_no_signature(line: str) -> None:
    assert not is_device_signature(fold(line))


@pytest.mark.parametrize("line", ["S pozdravem", "S pozdravem,", "S pozdravom Peter Kováč", "Best regards,", "Díky!"])
def test_a_closing_is_known(line: str) -> None:
    assert is_closing(line)


@pytest.mark.parametrize("line", ["Díky tomu to teď funguje i na ostatních počítačích", "Zdravíčko se mi zhoršilo"])
def test_a_sentence_that_begins_like_a_closing_is_none(line: str) -> None:
    assert not is_closing(line)


def test_notices_and_contacts_are_known() -> None:
    assert is_footer("Tato zpráva je důvěrná a určena jen adresátovi.")
    assert has_contact("tel.: +420 777 123 456")
    assert not has_contact("objednávka 12345")
