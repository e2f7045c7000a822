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
        "account": "Můj účet",
        "account_logs_in_as": "přihlašuje se jako",
        "account_change_password": "Změnit heslo",
        "account_old_password": "Dosavadní heslo",
        "account_new_password": "Nové heslo",
        "account_again": "Nové heslo ještě jednou",
        "account_password_help": "Alespoň 10 znaků; několik slov za sebou stačí.",
        "account_password_wrong": "Heslo nesouhlasí.",
        "account_log_in_anew": (
            "Tohle jde jen krátce po přihlášení. Odhlaste se prosím, přihlaste se znovu a zopakujte to."
        ),
        "account_not_same": "Hesla se neshodují.",
        "account_no_password": "Heslo tu nemáte, přihlašujete se jinak.",
        "account_password_changed": "Heslo je změněné a ostatní přihlášení skončila.",
        "account_totp": "Ověření kódem z aplikace",
        "account_totp_help": (
            "Kromě hesla pak zadáte kód, který ukáže aplikace v telefonu. Heslo samo nikomu stačit nebude."
        ),
        "account_totp_begin": "Zapnout ověření kódem",
        "account_totp_another": "Přejít na jiný telefon",
        "account_totp_remove": "Vypnout ověření kódem",
        "account_totp_removed": "Ověření kódem je vypnuté.",
        "account_totp_wanted": (
            "K tomuto účtu nestačí heslo. Nastavte si prosím aplikaci, která bude ukazovat přihlašovací kódy."
        ),
        "account_totp_step1": (
            "Otevřete v telefonu aplikaci na přihlašovací kódy, například Google Authenticator, Microsoft "
            "Authenticator nebo Aegis."
        ),
        "account_totp_step2": "Naskenujte v ní tento obrázek.",
        "account_totp_by_hand": "Když skenovat nejde, opište do aplikace tento klíč:",
        "account_totp_step3": "Opište sem šestimístný kód, který aplikace ukáže.",
        "account_totp_finish": "Potvrdit",
        "account_qr": "QR kód s klíčem pro aplikaci; tentýž klíč je pod ním písmeny",
        "account_on": "Zapnuto",
        "account_codes_left": "Nepoužitých záložních kódů: {count}.",
        "account_renew_codes": "Vytvořit nové záložní kódy",
        "account_codes": "Záložní kódy",
        "account_codes_once": (
            "Kódy si vytiskněte nebo uložte na bezpečné místo; znovu už je neukážeme. Každý vás jednou přihlásí, "
            "když nebudete mít telefon."
        ),
        "account_codes_kept": "Mám je uložené",
        "account_code": "Kód",
        "account_code_help": "Šest číslic z aplikace, nebo jeden ze záložních kódů.",
        "account_code_wrong": "Kód nesouhlasí, nebo už byl použitý.",
        "account_second_step": "Přihlášení – druhý krok",
        "account_passkey_wanted": "K tomuto účtu nestačí heslo. Přihlaste se prosím přístupovým klíčem.",
        "account_factor_needed": "K tomuto účtu je druhé ověření povinné. Nejdřív si nastavte jiné.",
        "account_passkey_added": "Přístupový klíč je přidaný.",
        "account_passkey_removed": "Přístupový klíč je odebraný.",
        "account_sessions": "Přihlášená zařízení",
        "account_browser": "Prohlížeč",
        "account_unknown_browser": "Neznámý prohlížeč",
        "account_since": "Od",
        "account_seen": "Naposledy",
        "account_peer": "Adresa",
        "account_action": "Akce",
        "account_this_one": "tady",
        "account_end_this": "Odhlásit se: {browser}, {at}",
        "account_end_others": "Odhlásit se všude jinde",
        "account_session_ended": "Přihlášení skončilo.",
        "account_sessions_ended": "Všude jinde jste odhlášeni.",
        "account_language_label": "Jazyk, kterým s vámi mluvíme",
        "account_language_help": "Platí i pro e-maily.",
        "account_language_kept": "Jazyk je uložený.",
        "account_passkeys": "Přístupové klíče",
        "account_passkeys_help": (
            "Přihlásíte se otiskem prstu, obličejem nebo PINem svého zařízení, bez hesla a bez kódu."
        ),
        "account_passkey": "Klíč",
        "account_passkey_name": "Název klíče",
        "account_passkey_name_help": "Podle čeho ho poznáte, například „notebook“.",
        "account_passkey_add": "Přidat přístupový klíč",
        "account_passkey_which": "Klíč, který už nemá platit",
        "account_passkey_remove": "Odebrat přístupový klíč",
        "account_passkey_log_in": "Přihlásit se přístupovým klíčem",
        "account_passkey_failed": "S přístupovým klíčem to nevyšlo. Zkuste to znovu, nebo se přihlaste jinak.",
        "account_forgotten": "Zapomenuté heslo nebo první přihlášení",
        "account_forgotten_help": "Pošleme vám odkaz, na kterém si zvolíte heslo.",
        "account_address": "Vaše e-mailová adresa",
        "account_send_link": "Poslat odkaz",
        "account_link_on_its_way": "Podívejte se do pošty",
        "account_link_on_its_way_help": (
            "Pokud tu tato adresa smí vstoupit, odkaz je na cestě. Funguje půl hodiny. Nepřišel? Obraťte se na "
            "správce kontaktů své firmy."
        ),
        "account_link_over": "Odkaz už nefunguje: byl použitý, nebo vypršel. Nechte si poslat nový.",
        "account_choose_password": "Zvolte si heslo",
        "account_choose_and_log_in": "Uložit a přihlásit se",
        "account_company": "Přihlásit se přes svou firmu",
        "account_company_help": "Podle ní poznáme, kde se ve vaší firmě přihlašujete.",
        "account_company_find": "Pokračovat",
        "account_company_go": "Pokračovat na přihlášení: {name}",
        "account_company_unknown": "Přes tuto firmu se tu přihlásit nejde. Přihlaste se prosím heslem.",
        "account_company_broken": (
            "Přihlášení vaší firmy teď neodpovědělo, jak mělo. Zkuste to za chvíli, nebo se přihlaste jinak."
        ),
        "account_company_over": "Přihlášení přes firmu už vypršelo. Začněte prosím znovu.",
        "account_company_no_contact": (
            "Vaše firma vás zná, ale mezi kontakty nejste. Obraťte se prosím na správce kontaktů."
        ),
    },
    "en": {
        "log_in": "Log in",
        "login": "Login",
        "password": "Password",
        "login_wrong": "The login or the password is not right.",
        "login_locked": "Too many attempts. The next one is possible at {until}.",
        "login_expired": "You were logged out after a while. Please log in again.",
        "not_authorized": "You cannot come in now: {reason} Please turn to whoever keeps the contacts.",
        "account": "My account",
        "account_logs_in_as": "logs in as",
        "account_change_password": "Change the password",
        "account_old_password": "Current password",
        "account_new_password": "New password",
        "account_again": "New password once more",
        "account_password_help": "At least 10 characters; a few words in a row are fine.",
        "account_password_wrong": "The password is not right.",
        "account_log_in_anew": (
            "This is possible only shortly after logging in. Please log out, log in again and repeat it."
        ),
        "account_not_same": "The passwords differ.",
        "account_no_password": "You have no password here; you log in another way.",
        "account_password_changed": "The password is changed, and the other sessions have ended.",
        "account_totp": "Codes of an app",
        "account_totp_help": (
            "Besides the password you then type a code that an app on your phone shows. The password alone is no "
            "use to anybody."
        ),
        "account_totp_begin": "Turn codes on",
        "account_totp_another": "Move to another phone",
        "account_totp_remove": "Turn codes off",
        "account_totp_removed": "Codes are turned off.",
        "account_totp_wanted": (
            "This account needs more than a password. Please set up an app that shows codes for logging in."
        ),
        "account_totp_step1": (
            "Open an app for one-time codes on your phone, such as Google Authenticator, Microsoft Authenticator "
            "or Aegis."
        ),
        "account_totp_step2": "Scan this picture with it.",
        "account_totp_by_hand": "If it cannot be scanned, type this key into the app:",
        "account_totp_step3": "Type the six-digit code that the app shows.",
        "account_totp_finish": "Confirm",
        "account_qr": "QR code with the key for the app; the same key is below it in letters",
        "account_on": "On",
        "account_codes_left": "Recovery codes left: {count}.",
        "account_renew_codes": "Make new recovery codes",
        "account_codes": "Recovery codes",
        "account_codes_once": (
            "Print the codes or keep them in a safe place; they are not shown again. Each lets you in once when "
            "you do not have your phone."
        ),
        "account_codes_kept": "I have kept them",
        "account_code": "Code",
        "account_code_help": "Six digits from the app, or one of your recovery codes.",
        "account_code_wrong": "The code is not right, or was used already.",
        "account_second_step": "Logging in – second step",
        "account_passkey_wanted": "This account needs more than a password. Please log in with your passkey.",
        "account_factor_needed": "This account must have a second factor. Please set up another one first.",
        "account_passkey_added": "The passkey is added.",
        "account_passkey_removed": "The passkey is removed.",
        "account_sessions": "Where I am logged in",
        "account_browser": "Browser",
        "account_unknown_browser": "Unknown browser",
        "account_since": "Since",
        "account_seen": "Last seen",
        "account_peer": "Address",
        "account_action": "Action",
        "account_this_one": "this one",
        "account_end_this": "Log out: {browser}, {at}",
        "account_end_others": "Log out everywhere else",
        "account_session_ended": "The session has ended.",
        "account_sessions_ended": "You are logged out everywhere else.",
        "account_language_label": "The language we use with you",
        "account_language_help": "Also for mail.",
        "account_language_kept": "The language is kept.",
        "account_passkeys": "Passkeys",
        "account_passkeys_help": (
            "You log in with the fingerprint, face or PIN of your device, without password and code."
        ),
        "account_passkey": "Passkey",
        "account_passkey_name": "Name of the passkey",
        "account_passkey_name_help": "What you know it by, such as “laptop”.",
        "account_passkey_add": "Add a passkey",
        "account_passkey_which": "The passkey that is to work no longer",
        "account_passkey_remove": "Remove the passkey",
        "account_passkey_log_in": "Log in with a passkey",
        "account_passkey_failed": "That did not work with the passkey. Try again, or log in another way.",
        "account_forgotten": "Forgotten password or first log-in",
        "account_forgotten_help": "We will mail you a link with which you choose a password.",
        "account_address": "Your mail address",
        "account_send_link": "Send the link",
        "account_link_on_its_way": "Look into your mail",
        "account_link_on_its_way_help": (
            "If this address may come in here, a link is on its way. It works for half an hour. Nothing came? "
            "Turn to whoever keeps your company's contacts."
        ),
        "account_link_over": "The link does not work any more: it was used, or it expired. Have a new one sent.",
        "account_choose_password": "Choose a password",
        "account_choose_and_log_in": "Keep it and log in",
        "account_company": "Log in through your company",
        "account_company_help": "By it we know where you log in at your company.",
        "account_company_find": "Continue",
        "account_company_go": "Continue to the log-in of {name}",
        "account_company_unknown": "This company has no log-in here. Please log in with a password.",
        "account_company_broken": (
            "Your company's log-in did not answer as it should. Try again in a while, or log in another way."
        ),
        "account_company_over": "The log-in through your company has expired. Please begin again.",
        "account_company_no_contact": (
            "Your company knows you, but you are not on the list. Please turn to whoever keeps the contacts."
        ),
    },
}
