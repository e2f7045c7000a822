"""What mail programs write around a quotation, as data: one table a kind, a language a row.

Owns words only: patterns are put together in reply_lines, decisions are made in reply. Words are regular
expressions in lower case, matched without regard to case. A new client or language is a new entry here.
"""

# The tables are laid out by hand: one entry a line would make them five times as long.
# fmt: off

# "On … X *wrote*:" – the verb that closes (or, in German and the Nordic languages, divides) an attribution.
WROTE: dict[str, tuple[str, ...]] = {
    "cs": (r"napsal(?:a|\(a\)|/a|\(-a\))?", "píše", r"poslal(?:a|\(a\)|/a)?"),
    "sk": (r"napísal(?:a|\(a\)|/a|\(-a\))?", "píše", r"poslal(?:a|\(a\)|/a)?"),
    "en": ("wrote", "writes", "has written"),
    "de": ("schrieb", "geschrieben", "schrieb folgendes", "hat geschrieben"),
    "pl": (r"napisał(?:a|\(a\)|/a)?", "pisze"),
    "fr": ("a écrit", "a ecrit", "écrit", "écrivait"),
    "es": ("escribió", "escribio", "ha escrito"),
    "it": ("ha scritto", "scrive"),
    "pt": ("escreveu",),
    "nl": ("schreef", "het volgende geschreven"),
    "nordic": ("skrev", "skrev følgende", "kirjoitti"),
    "hu": ("írta", "ezt írta", "írta a következőt"),
    "ro": ("a scris",),
    "south-slavic": ("je napisao", "je napisala", "je napisal", "napisao", r"napisao/la(?: je)?", "написа"),
    "baltic": ("rašė", "rakstīja", "kirjutas"),
    "ru": (r"написал(?:а|\(а\))?", "пишет", r"писал(?:а|\(а\))?"),
    "uk": ("пише", r"написав(?:\(ла\))?", "написала"),
    "tr": ("yazdı", "şunu yazdı", "şunları yazdı"),
    "el": ("έγραψε",),
    "he": ("כתב", "כתבה", "מאת"),
    "zh": ("写道", "寫道", "写到"),
    "ja": ("書きました", "のメール", "wrote"),
    "ko": ("작성", "님이 작성"),
}

# One of these stands in all that WROTE fits.
WROTE_SIGNS: tuple[str, ...] = (
    "napsal", "napísal", "píše", "poslal", "wrote", "write", "written", "schrieb", "napisa", "pisze", "écri", "ecrit",
    "escrib", "escrito", "scri", "escreveu", "schreef", "geschreven", "skrev", "kirjoitti", "írta", "написа", "rašė",
    "rakstīja", "kirjutas", "пишет", "писал", "пише", "yazdı", "έγραψε", "כתב", "מאת", "写道", "寫道", "写到",
    "書きました", "のメール", "작성",
)

# How an attribution begins when it begins with neither a date nor a name.
LEADS: dict[str, tuple[str, ...]] = {
    "cs": ("dne", "ve? dne", "v", "ve"),
    "sk": ("dňa", "dna", "v", "vo"),
    "en": ("on", "at"),
    "de": ("am", "den"),
    "pl": ("w dniu", "dnia"),
    "fr": ("le", "en date du"),
    "es": ("el",),
    "it": ("il giorno", "il", "in data"),
    "pt": ("em", "no dia", "a"),
    "nl": ("op",),
    "nordic": ("den", "på"),
    "ro": ("în data de", "pe", "la"),
    "south-slavic": ("dana", "на"),
    "el": ("στις",),
    "he": ("ב-?", "בתאריך"),
    "zh": ("在", "于"),
}

# "5. 6. 2024 10:12 *od* jan@firma.cz:", by clients that use no verb.
BY: tuple[str, ...] = ("od", "by", "von", "de", "par", "por", "da", "van", "fra", "från", "от", "від", "kohteesta")

# Weekdays as clients abbreviate or spell them before a date (Gmail: "st 5. 6. 2024 v 10:12 …").
WEEKDAYS: dict[str, tuple[str, ...]] = {
    "cs": (
        "po", "út", "st", "čt", "pá", "so", "ne", "pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota",
        "neděle",
    ),
    "sk": (
        "po", "ut", "st", "št", "pi", "so", "ne", "pondelok", "utorok", "streda", "štvrtok", "piatok", "sobota",
        "nedeľa",
    ),
    "en": (
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday",
        "saturday", "sunday",
    ),
    "de": (
        "mo", "di", "mi", "do", "fr", "sa", "so", "montag", "dienstag", "mittwoch", "donnerstag", "freitag",
        "samstag", "sonntag",
    ),
    "pl": (
        "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "nd", "poniedziałek", "wtorek", "środa", "czwartek",
        "piątek", "sobota", "niedziela",
    ),
    "fr": (
        "lun", "mar", "mer", "jeu", "ven", "sam", "dim", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
        "dimanche",
    ),
    "es": (
        "lun", "mar", "mié", "jue", "vie", "sáb", "dom", "lunes", "martes", "miércoles", "jueves", "viernes",
        "sábado", "domingo",
    ),
    "ru": ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
}

# "Quoting X <x@y>:" – an attribution without a date (Horde, Evolution).
QUOTING: tuple[str, ...] = (
    "cituji(?: uživatele)?", "citujem", "quoting", "zitat von", "cytowanie", "citando a", "citazione", "citation de",
    "cytuję",
)

# The fields of a repeated header block, role by role and language by language.
HEADER_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "cs": {
        "from": ("od", "odesílatel", "odesilatel"), "to": ("komu", "pro", "adresát", "příjemce"),
        "cc": ("kopie", "skrytá kopie", "kopie (cc)"), "date": ("odesláno", "datum", "dne", "zasláno", "posláno"),
        "subject": ("předmět", "predmet", "věc"),
        "other": ("důležitost", "přílohy", "příloha", "odpovědět", "priorita"),
    },
    "sk": {
        "from": ("od", "odosielateľ"), "to": ("komu", "pre", "adresát", "príjemca"),
        "cc": ("kópia", "skrytá kópia", "kopia"), "date": ("odoslané", "dátum", "datum", "dňa", "poslané"),
        "subject": ("predmet", "vec"), "other": ("dôležitosť", "prílohy", "príloha", "priorita"),
    },
    "en": {
        "from": ("from", "sender"), "to": ("to", "recipient"), "cc": ("cc", "bcc"),
        "date": ("sent", "date", "sent on", "received"), "subject": ("subject",),
        "other": (
            "reply-to", "reply to", "importance", "attachments", "organization", "priority", "message-id",
            "sensitivity", "when", "where", "in-reply-to",
        ),
    },
    "de": {
        "from": ("von",), "to": ("an", "empfänger"), "cc": ("cc", "kopie", "bcc"),
        "date": ("gesendet", "datum", "gesendet am", "gesendet von"), "subject": ("betreff",),
        "other": ("antwort an", "antworten an", "priorität", "wichtigkeit", "anlagen", "anhänge"),
    },
    "pl": {
        "from": ("od", "nadawca"), "to": ("do", "adresat"), "cc": ("dw", "udw", "cc", "kopia"),
        "date": ("wysłano", "wysłane", "data", "data wysłania"), "subject": ("temat",),
        "other": ("ważność", "załączniki", "odpowiedz do"),
    },
    "fr": {
        "from": ("de", "expéditeur"), "to": ("à", "a", "pour", "destinataire"), "cc": ("cc", "cci", "copie à"),
        "date": ("envoyé", "date", "envoyé le", "envoyé par"), "subject": ("objet", "sujet"),
        "other": ("répondre à", "importance", "pièces jointes"),
    },
    "es": {
        "from": ("de", "remitente"), "to": ("para", "a"), "cc": ("cc", "cco"),
        "date": ("enviado", "enviado el", "fecha", "enviada", "enviado en"), "subject": ("asunto",),
        "other": ("responder a", "importancia", "datos adjuntos"),
    },
    "it": {
        "from": ("da",), "to": ("a",), "cc": ("cc", "ccn"), "date": ("inviato", "data", "inviato il"),
        "subject": ("oggetto",), "other": ("rispondi a", "risposta", "priorità", "allegati"),
    },
    "pt": {
        "from": ("de",), "to": ("para",), "cc": ("cc", "cco"),
        "date": ("enviado", "enviada em", "data", "enviada", "enviado em"), "subject": ("assunto",),
        "other": ("responder a", "importância", "anexos"),
    },
    "nl": {
        "from": ("van",), "to": ("aan",), "cc": ("cc", "bcc", "kopie"), "date": ("verzonden", "datum", "verstuurd"),
        "subject": ("onderwerp",), "other": ("antwoord aan", "urgentie", "bijlagen"),
    },
    "sv": {
        "from": ("från",), "to": ("till",), "cc": ("kopia", "cc"), "date": ("skickat", "datum"), "subject": ("ämne",),
        "other": ("svara till", "prioritet"),
    },
    "da": {
        "from": ("fra",), "to": ("til",), "cc": ("cc", "kopi"), "date": ("sendt", "dato"), "subject": ("emne",),
        "other": ("svar til", "besvar"),
    },
    "fi": {
        "from": ("lähettäjä",), "to": ("vastaanottaja",), "cc": ("kopio",),
        "date": ("lähetetty", "päivämäärä", "päiväys"), "subject": ("aihe",), "other": ("vastaus",),
    },
    "hu": {
        "from": ("feladó", "from"), "to": ("címzett",), "cc": ("másolatot kap", "másolat"),
        "date": ("küldve", "elküldve", "dátum", "küldés dátuma"), "subject": ("tárgy",), "other": ("fontosság",),
    },
    "ro": {
        "from": ("de la", "din"), "to": ("către", "catre"), "cc": ("cc",),
        "date": ("trimis", "data", "dată", "trimis la"), "subject": ("subiect", "subiectul"),
    },
    "sl": {
        "from": ("od",), "to": ("za",), "cc": ("kp", "cc"), "date": ("poslano", "datum"), "subject": ("zadeva",),
    },
    "hr": {
        "from": ("od", "šalje"), "to": ("za", "prima"), "cc": ("kopija", "cc"), "date": ("poslano", "datum"),
        "subject": ("predmet", "naslov"),
    },
    "ru": {
        "from": ("от", "от кого"), "to": ("кому",), "cc": ("копия",), "date": ("отправлено", "дата"),
        "subject": ("тема",), "other": ("важность",),
    },
    "uk": {
        "from": ("від", "від кого"), "to": ("кому",), "cc": ("копія",), "date": ("надіслано", "дата", "відправлено"),
        "subject": ("тема",),
    },
    "tr": {
        "from": ("kimden", "gönderen"), "to": ("kime", "alıcı"), "cc": ("bilgi", "cc"),
        "date": ("gönderildi", "tarih", "gönderme tarihi"), "subject": ("konu",),
    },
    "el": {
        "from": ("από",), "to": ("προς",), "cc": ("κοιν",), "date": ("στάλθηκε", "ημερομηνία", "εστάλη"),
        "subject": ("θέμα",),
    },
    "zh": {
        "from": ("发件人", "寄件者", "發件人", "寄件人"), "to": ("收件人", "收件者"), "cc": ("抄送", "副本"),
        "date": ("发送时间", "日期", "寄件日期", "发送日期", "時間", "傳送日期"), "subject": ("主题", "主旨", "主題"),
    },
    "ja": {
        "from": ("差出人",), "to": ("宛先", "to"), "cc": ("cc",),
        "date": ("送信日時", "日時", "日付"), "subject": ("件名",),
    },
    "ko": {
        "from": ("보낸 사람", "보낸사람"), "to": ("받는 사람",
        "받는사람"), "cc": ("참조",), "date": ("보낸 날짜", "날짜", "보낸 시간"),
        "subject": ("제목",),
    },
}

# Between dashes, or alone with a closing colon: from here on the mail is somebody else's.
BANNERS: tuple[str, ...] = (
    "původní (?:e-?mail(?:ová zpráva)?|zpráva|mail)", "puvodni (?:e-?mail|zprava)",
    "pôvodn[áý] (?:e-?mail(?:ová správa)?|správa|mail)", "povodna sprava",
    r"(?:začátek )?(?:přepos[íi]lan|přeposlan|předan|forwardovan)[áéý]\w* (?:zpráv[ay]|e-?mailu?)",
    r"(?:začiatok )?(?:prepos[ií]elan|preposlan|odovzdan|forwardovan)[áéý]\w* (?:správ[ay]|e-?mailu?)",
    "original (?:message|email|e-mail|appointment)", "(?:begin )?forwarded (?:message|by .{1,60})",
    "(?:in reply to|reply message|replied message)", "previous (?:replies|message)", "message from .{1,60}",
    "ursprüngliche (?:nachricht|e-?mail)", "original(?:nachricht|-nachricht)",
    "(?:anfang der )?weitergeleitete[n]? nachricht", "vorherige antworten", "oryginalna wiadomość",
    "wiadomość (?:oryginalna|przekazana|przekazywana)",
    "(?:początek )?przekazan(?:a|ej) (?:dalej )?wiadomoś(?:ć|ci)", "treść (?:przekazanej|oryginalnej) wiadomości",
    "message (?:d'origine|d’origine|original|initial|transféré)", "(?:début du )?message transféré",
    "mensaje (?:original|reenviado)", "mensaje de .{1,60}", "(?:inicio del )?mensaje reenviado",
    "messaggio (?:originale|inoltrato)", "(?:inizio )?messaggio inoltrato",
    "mensagem (?:original|encaminhada|reenviada)", "(?:oorspronkelijk|doorgestuurd) bericht",
    "ursprungligt meddelande", "vidarebefordrat (?:meddelande|brev)",
    "(?:oprindelig|opprinnelig|videresendt) (?:meddelelse|besked|melding)", "alkuperäinen viesti",
    "välitetty viesti", "eredeti üzenet", "továbbított (?:üzenet|levél)", "mesaj original",
    "izvorna poruka|izvirno sporočilo", "(?:исходное|пересылаемое|пересланное|оригинальное) (?:сообщение|письмо)",
    "переадресоване повідомлення|оригінальне повідомлення", "orijinal (?:mesaj|ileti)|iletilen mesaj|orjinal mesaj",
    "原始邮件|邮件原件|原始郵件|转发邮件|转发的邮件|原始信件", "元のメッセージ|転送メッセージ",
    "원본 메시지|전달된 메시지|원본 메일",
)

# Banners that need neither dashes nor a colon.
BARE_BANNERS: tuple[str, ...] = ("previous replies", "vorherige antworten")

# What a ticket system writes above its quotation: a sign that every such line holds, and the pattern it fits.
REPLY_ABOVE: tuple[tuple[str, str], ...] = (
    ("above", "(?:reply|replies|response|respond|answer|comments?) above (?:this|the|here)"),
    ("do not", "do not (?:write|type|delete|change|edit) (?:below|anything below|anything under|under) this line"),
    (" nad t", "(?:odpovídejte|odpovězte|odpověď|odpověd|pište|napište).{0,40} nad (?:tento|tuto|tímto|touto)"),
    (" nad t", "(?:odpovedajte|odpovedzte|odpoveď|píšte|napíšte).{0,40} nad (?:tento|túto|týmto|touto)"),
    ("über dies", "antwort.{0,20} über dies"),
    ("oberhalb", "antwort.{0,20} oberhalb dies"),
    ("oberhalb", "oberhalb dieser (?:zeile|linie) (?:antworten|ein)"),
    ("au-dessus", r"(?:répond\w+|réponse) au-dessus de cette ligne"),
    ("odpow", r"odpow\w+ (?:powyżej|nad) t\w+"),
    (" de esta l", "(?:respuesta|responda|responder|escriba).{0,30} (?:por encima|encima|arriba) de esta l[ií]nea"),
)
