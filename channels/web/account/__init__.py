"""Logging in and out, one's own log-in, and the language of the pages."""

from starlette.routing import BaseRoute, Route

from channels.web.account import own, passkeys, totp
from channels.web.account.language import choose
from channels.web.account.links import Links
from channels.web.account.login import Login
from channels.web.account.oidc import CompanyLogin
from channels.web.account.passkeys import PasskeyLogin
from channels.web.account.second import SecondStep
from channels.web.doors import any_form, any_page
from channels.web.visitors import Site


def routes(site: Site) -> list[BaseRoute]:
    """The pages and forms of this part."""
    login = Login(site)
    second = SecondStep(site, login)
    passkey = PasskeyLogin(site, login)
    links = Links(site, login)
    company = CompanyLogin(site, login)
    return [
        Route("/login", login.show, methods=["GET"]),
        Route("/login", login.send, methods=["POST"]),
        Route("/login/code", second.show_code, methods=["GET"]),
        Route("/login/code", second.send_code, methods=["POST"]),
        Route("/login/passkey", second.show_passkey, methods=["GET"]),
        Route("/login/passkey", passkey.send, methods=["POST"]),
        Route("/login/passkey/options", passkey.options, methods=["POST"]),
        Route("/login/forgotten", links.show_forgotten, methods=["GET"]),
        Route("/login/forgotten", links.send_forgotten, methods=["POST"]),
        Route("/login/link/{secret}", links.show_link, methods=["GET"]),
        Route("/login/link/{secret}", links.use_link, methods=["POST"]),
        Route("/login/company", company.choose, methods=["GET"]),
        Route("/login/oidc/callback", company.come_back, methods=["GET"]),
        Route("/login/oidc/{slug}", company.begin, methods=["GET"]),
        Route("/login/setup", second.show_setup, methods=["GET"]),
        Route("/login/setup", second.send_setup, methods=["POST"]),
        Route("/login/setup/picture.svg", second.draw, methods=["GET"]),
        Route("/logout", any_form(site, login.leave), methods=["POST"]),
        Route("/language", choose(site), methods=["POST"]),
        Route("/account", any_page(site, own.show), methods=["GET"]),
        Route("/account/password", any_form(site, own.change_password), methods=["POST"]),
        Route("/account/sessions/end", any_form(site, own.end_session), methods=["POST"]),
        Route("/account/sessions/end-others", any_form(site, own.end_others), methods=["POST"]),
        Route("/account/language", any_form(site, own.choose_language), methods=["POST"]),
        Route("/account/totp", any_page(site, totp.show_setup), methods=["GET"]),
        Route("/account/totp", any_form(site, totp.finish), methods=["POST"]),
        Route("/account/totp/picture.svg", any_page(site, totp.draw), methods=["GET"]),
        Route("/account/totp/remove", any_form(site, totp.remove), methods=["POST"]),
        Route("/account/passkeys", any_form(site, passkeys.add), methods=["POST"]),
        Route("/account/passkeys/options", any_form(site, passkeys.add_options), methods=["POST"]),
        Route("/account/passkeys/remove", any_form(site, passkeys.remove), methods=["POST"]),
        Route("/account/codes", any_form(site, totp.renew_codes), methods=["POST"]),
    ]
