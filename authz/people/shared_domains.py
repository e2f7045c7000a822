"""Domains at which anybody can have an address. An entry `*@domain` for one of them would let everybody in."""

from functools import lru_cache

from publicsuffixlist import PublicSuffixList

# Free mail first at home and in the neighbourhood, then world-wide, then forwarding and throw-away services.
SHARED_DOMAINS = frozenset(
    """
    seznam.cz email.cz post.cz spoluzaci.cz stream.cz centrum.cz volny.cz atlas.cz tiscali.cz quick.cz iol.cz
    azet.sk centrum.sk zoznam.sk post.sk pobox.sk atlas.sk inmail.sk
    o2.pl wp.pl onet.pl interia.pl op.pl poczta.onet.pl gazeta.pl
    gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de arcor.de mail.de posteo.de
    aon.at chello.at bluewin.ch
    gmail.com googlemail.com
    outlook.com outlook.cz outlook.sk outlook.de hotmail.com hotmail.cz hotmail.de hotmail.co.uk live.com msn.com
    yahoo.com yahoo.de yahoo.co.uk yahoo.fr ymail.com rocketmail.com aol.com
    icloud.com me.com mac.com
    proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.com tuta.io tutamail.com
    mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net
    fastmail.com fastmail.fm hushmail.com zoho.com zohomail.com mail.com email.com usa.com
    orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it
    comcast.net verizon.net att.net sbcglobal.net btinternet.com qq.com 163.com 126.com naver.com
    duck.com simplelogin.com anonaddy.com relay.firefox.com privaterelay.appleid.com
    mailinator.com guerrillamail.com 10minutemail.com yopmail.com trashmail.com
    """.split()  # noqa: SIM905 - a list of names reads best without quotes
)


@lru_cache(maxsize=1)
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def is_shared_domain(domain: str) -> bool:
    """Whether strangers share this domain: a free-mail service, a top-level domain, a suffix like co.uk.

    domain: in lower case, internationalized labels in either form, without a leading "@".
    """
    return domain in SHARED_DOMAINS or bool(_public_suffixes().is_public(domain))
