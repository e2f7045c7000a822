"""What devices, mail programs and companies put below a mail, as data.

Owns words only: reply_signatures puts them together. Words are regular expressions in lower case, matched
without regard to case. A new client or language is a new entry here.
"""

# The tables are laid out by hand: one entry a line would make them five times as long.
# fmt: off

# Something that a device or a mail program signs with.
DEVICES: tuple[str, ...] = (
    r"i-?phon\w*", r"i-?pad\w*", r"i-?pod\w*", r"i-?mac\w*", r"macbook\w*", "apple watch", r"android\w*",
    r"samsung\w*", "galaxy", "huawei", "honor", "xiaomi", "redmi", "poco", "nokia", "sony", "xperia", "htc", "lg",
    "motorola", "moto", "oneplus", "oppo", "realme", "vivo", "pixel", "blackberry", "windows", r"outlook\w*",
    "yahoo", r"gmail\w*", r"seznam\w*", r"email\.cz", r"e-?mail\w*", "mail(?:u|y|box)?", "inbox", r"proton\w*",
    "airmail", r"spark\w{0,2}", "edison", "k-9", "bluemail", "aqua", "nine", r"thunderbird\w*", "sparrow", "zimbra",
    "tutanota", "tuta", "mailbird", "polymail", "superhuman", "workspace", "phone", r"smartphone?\w*", "handy",
    r"mobil\w*", "mobile", r"cell\w*", r"tablet\w*", r"telefon\w*", r"telef[óo]n\w*", "téléphone", "teléfono",
    "zařízení", r"zariaden\w+", r"urządzen\w+", r"gerät\w*", "appareil", "dispositivo", r"pošt[ay]\w*",
    r"aplikac\w+", r"aplikáci\w+", "apparaat", "enhet", "enhed", r"przenośn\w+", r"komórk\w+", "laitteesta",
)

# "Sent from *my* …": after these any device name will do.
MY: tuple[str, ...] = (
    "my", r"mein\w*", "mého", "svého", "môjho", "svojho", "mojego", "mon", "mi", "meu", "mio", "min", "mijn", "can",
)

# "Sent from …" in each language; MY or DEVICES must follow.
SENT_FROM: tuple[str, ...] = (
    ("(?:tato zpráva byla |tento e-?mail byl |zpráva )?(?:odesl[áa]n[oaé]?|posl[áa]n[oaé]?|zaslán[oaé]?|napsán[oa]?) "
     "(?:ze?|pomocí|prostřednictvím|přes)"),
    ("(?:táto správa bola |tento e-?mail bol )?(?:odoslan[éáý]|poslan[éáý]|zaslan[éáý]|napísan[éáý]) "
     "(?:zo?|pomocou|prostredníctvom|cez)"),
    "(?:napsáno|napísané) na",
    "(?:(?:this (?:message|e-?mail) was )?(?:sent|composed|written|typed) (?:from|via|with|using|by|on))",
    ("(?:diese (?:nachricht|e-?mail|mail) wurde |diese e-?mail )?(?:gesendet|"
     "verschickt|versendet|geschrieben) (?:von|mit|über|aus)"),
    r"von me\w+ (?:\S+ ){0,3}(?:gesendet|versendet)", "diese nachricht wurde von .{1,60} gesendet",
    r"wysłan[eoay]\w* (?:z|ze|za pomocą|przy użyciu)", r"envoyé\w* (?:de|depuis|à partir de|avec|via)",
    "enviad[oa] (?:desde|con|mediante|do|a partir d[oe]|de|pelo|via)", r"inviat[oa] (?:da\w*|con|tramite)",
    "(?:verzonden|verstuurd) (?:vanaf|met|via|vanuit|door)",
    "(?:sendt|skickat|skickades|sänt|sendte) (?:fra|från|med|via)", "lähetetty",
    "küldve|az én .{1,30}-?(?:ról|ről) küldve", "trimis (?:de pe|din|cu|prin)", "poslano (?:s|z|iz)",
    "отправлено (?:с|из|через)", "надіслано (?:з|із|через)", "изпратено (?:от|с)",
)

# Whole lines that are a signature whatever stands around them.
SIGNATURE_LINES: tuple[str, ...] = (
    r"(?:someone )?(?:from|via) (?:my )?(?:mobile|iphone|ipad|android|phone|cell)\b.{0,20}",
    (r"(?:get|download|try|získat|získejte|stáhnout|stáhněte(?: si)?|získať|získajte|stiahnuť|stiahnite(?: si)?|"
     r"holen sie sich|laden sie|hol dir|beziehen sie|pobierz|uzyskaj|télécharge[rz]|obtenir|obtenez|obtener|obtenga|"
     r"descargar|scarica|download de) (?:\w+ )?(?:outlook|blue ?mail|spark|edison mail|aqua ?mail) \w{2,5} "
     r"(?:ios|android|windows|mac)\b.{0,60}"),
    r"outlook (?:pro|pre|for|für|dla|pour|para) (?:ios|android)\b.{0,40}",
    r"(?:odesláno|posláno) mobilem\b.{0,40}",
    "(?:從|从)我的.{1,30}(?:傳送|发送|寄出|發送)",
    "发自我的.{1,30}|發自我的.{1,30}", ".{1,20}から送信", "나의 .{1,30}에서 보냄|.{1,20}에서 보냄",
    ("(?:virus-free|neobsahuje žádné viry|bez virů|bez vírusov|neobsahuje žiadne vírusy|"
     "virenfrei|wolny od wirusów|sans virus|libre de virus|"
     r"brak wirusów)\.?\W{0,4}(?:www\.avast\.com|avast|avg|www\.avg\.com)?\b.{0,200}"),
)

# The first three letters of all that SENT_FROM or SIGNATURE_LINES fits, except where one of ENDINGS stands in it.
STARTS: frozenset[str] = frozenset((
    "tat", "ten", "zpr", "ode", "pos", "zas", "nap", "tát", "odo", "thi", "sen", "com", "wri", "typ", "die", "ges",
    "ver", "von", "wys", "env", "inv", "ski", "sän", "läh", "kül", "az ", "tri", "отп", "над", "изп", "som", "fro",
    "via", "get", "dow", "try", "zís", "stá", "sti", "hol", "lad", "bez", "pob", "uzy", "tél", "obt", "des", "sca",
    "out", "從我的", "从我的", "发自我", "發自我", "나의 ", "vir", "neo", "wol", "san", "lib", "bra",
))

# How a signature ends that may begin with anything.
SENT_AT_END: tuple[str, ...] = ("gesendet", "versendet", "odesláno", "odoslané", "wysłane")
ENDINGS: tuple[str, ...] = (*SENT_AT_END, "から送信", "에서 보냄")

# How a closing begins: below a quotation such a paragraph is a signature, not an answer.
CLOSINGS: tuple[str, ...] = (
    "s pozdravem", "s pozdravom", "s přátelským pozdravem", "s úctou", "zdraví", "zdravím", "pozdrav", "hezký den",
    "pěkný den", "přeji hezký den", "pekný deň", "děkuji", "děkuji a přeji", "díky", "ďakujem", "dík", "mějte se",
    "best regards", "kind regards", "regards", "warm regards", "sincerely", "yours sincerely", "cheers", "thanks",
    "thank you", "many thanks", "best", "br", "mit freundlichen grüßen", "mit freundlichen grüssen",
    "freundliche grüße", "viele grüße", "liebe grüße", "beste grüße", "gruß", "grüße", "mfg", "vg", "lg",
    "pozdrawiam", "z poważaniem", "dziękuję", "cordialement", "bien cordialement", "salutations", "merci",
    "bien à vous", "saludos", "un saludo", "atentamente", "gracias", "cordiali saluti", "distinti saluti", "grazie",
    "met vriendelijke groet", "groeten", "atenciosamente",
)

# Words only a legal notice or a list's footer uses; a paragraph below everything that has one is not an answer.
FOOTERS: tuple[str, ...] = (
    r"d[uů]věrn\w+", r"dôvern\w+", r"confidential\w*", r"vertraulich\w*", r"poufn\w+", r"confidentiel\w*",
    r"confidencial\w*", "disclaimer", "unsubscribe", "odhlásit", "odhlásiť", "intended (?:solely|only|recipient)",
    "mailing list", "you received this message because", "není návrhem na uzavření smlouvy",
    "neslouží k uzavření smlouvy", "myslete na (?:životní prostředí|přírodu)", "before printing",
    "please consider the environment",
)
