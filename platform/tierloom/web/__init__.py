"""The web room: pages, fragments and forms. Only this room knows HTTP.

`create_app` is a list of small steps; each step lives in the module named after what it does. A
feature is a folder with a `blueprint`; it is listed once, in `FEATURES`.
"""

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from tierloom.resources import folder
from tierloom.services.platform import Platform
from tierloom.web import (
    access,
    as_of,
    assets,
    components,
    data,
    errors,
    fields,
    formats,
    forms,
    guests,
    handbook,
    home,
    hx,
    i18n,
    imports,
    jobs,
    navigation,
    patterns,
    people,
    places,
    regions,
    samples,
    security,
    session,
    sharing,
    shell,
    start,
    switching,
    templates,
    tiers,
    values,
    views,
    workspace,
)
from tierloom.web.settings import WebSettings

__all__ = ["FEATURES", "WebSettings", "create_app"]

FEATURES: tuple[Blueprint, ...] = (
    shell.blueprint,
    patterns.blueprint,
    access.blueprint,
    home.blueprint,
    fields.blueprint,
    forms.blueprint,
    data.blueprint,
    regions.blueprint,
    tiers.blueprint,
    views.blueprint,
    imports.blueprint,
    start.blueprint,
    templates.blueprint,
    jobs.blueprint,
    people.blueprint,
    workspace.blueprint,
    switching.blueprint,
    samples.blueprint,
    handbook.blueprint,
    sharing.blueprint,
    guests.blueprint,
)


def create_app(settings: WebSettings, platform: Platform | None = None) -> Flask:
    """Return the app. Without a platform it serves only the shell, for tests of the shell."""
    ui = folder("ui")
    app = Flask(
        "tierloom",
        static_folder=str(ui / "static"),
        static_url_path="/static",
        template_folder=str(ui / "templates"),
    )
    app.extensions["tierloom.platform"] = platform
    _configure(app, settings)
    security.attach(app)
    session.attach(app)
    security.attach_tokens(app)
    for step in (
        i18n,
        formats,
        values,
        assets,
        components,
        navigation,
        places,
        switching,
        hx,
        errors,
        as_of,
    ):
        step.attach(app)
    for feature in FEATURES:
        app.register_blueprint(feature)
    return app


def _configure(app: Flask, settings: WebSettings) -> None:
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
        SESSION_COOKIE_NAME="__Host-tierloom" if settings.behind_tls else "tierloom",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.behind_tls,
        # Origins are compared in `security`; Flask-WTF would demand a Referer as well.
        WTF_CSRF_SSL_STRICT=False,
        # Someone may write a form for a whole day; the token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=count, x_proto=count, x_host=count
        )
