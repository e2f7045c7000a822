"""What is said around logging in."""

from collections.abc import Mapping

TEXTS: Mapping[str, Mapping[str, str]] = {
    "cs": {
        "log_in": "Přihlásit se",
        "login": "Přihlašovací jméno",
        "password": "Heslo",
        "login_wrong": "Jméno nebo heslo nesouhlasí.",
        "login_locked": "Příliš mnoho pokusů. Další bude možný v {until}.",
        "login_expired": "Přihlášení vypršelo. Přihlaste se prosím znovu.",
        "not_authorized": "Přístup teď není možný: {reason} Obraťte se prosím na správce kontaktů.",
    },
    "en": {
        "log_in": "Log in",
        "login": "Login",
        "password": "Password",
        "login_wrong": "The login or the password is not right.",
        "login_locked": "Too many attempts. The next one is possible at {until}.",
        "login_expired": "You were logged out after a while. Please log in again.",
        "not_authorized": "You cannot come in now: {reason} Please turn to whoever keeps the contacts.",
    },
}
