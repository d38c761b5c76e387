"""Serving the app: from this machine only, unless the configuration says otherwise."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from interplm.errors import UserError
from interplm.explorer import theme
from interplm.explorer.arguments import parameters_of
from interplm.explorer.frame import layouts
from interplm.explorer.guard import Guard, WrongLogins
from interplm.explorer.hosts import AllowedHosts
from interplm.explorer.pages import PAGES

_ASSETS = Path(__file__).with_name("assets")
_SCRIPTS = (
    "marks.js", "residues.js", "mutate.js", "save.js", "element.js", "map.js", "heatmap.js",
    "mesh.js", "structure.js",
    "page.js",
)  # fmt: skip
_STYLES = ("explorer.css", "controls.css")


def serve(
    app: gr.Blocks,
    *,
    host: str,
    port: int,
    root_path: str | None,
    share: bool,
    username: str | None,
    password: str | None,
    max_upload_bytes: int,
    names: Sequence[str],
    max_wrong_logins: int,
) -> str:
    """Serve in threads of their own; `app.block_thread()` waits until interrupted.

    Args:
        app: made by `build_app`.
        host: address to listen on; 127.0.0.1 is reached from this machine only.
        port: to listen on.
        root_path: where a proxy in front of it puts it, such as "/interplm".
        share: make a public link through Gradio's servers.
        username: with `password`, asked for before anything is shown.
        password: see `username`.
        max_upload_bytes: larger requests are refused.
        names: under which it is reached besides its address, such as that of a proxy.
        max_wrong_logins: of one visitor in a minute.

    Returns:
        The address to open.

    Raises:
        UserError: if the port is taken, or only one of user name and password is given.
    """
    if (username is None) != (password is None):
        raise UserError(
            "Authentication needs both a user name and a password: set explorer.server.username "
            "and explorer.server.password, or neither."
        )
    # It would say at each start that it asked whether it answers.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # Gradio's own pictures of activity would ask its servers.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    guard = Middleware(
        Guard,
        hosts=AllowedHosts(host=host, root_path=root_path, share=share, names=names),
        endpoints={str(one.api_name): parameters_of(one.fn) for one in app.fns.values() if one.fn},
        # A file travels as text, which takes a third more, with what else is asked.
        max_body_bytes=max_upload_bytes * 3 // 2 + 100_000,
        wrong_logins=WrongLogins(most=max_wrong_logins),
    )
    try:
        _, address, shared = app.launch(
            server_name=host,
            server_port=port,
            root_path=root_path,
            share=share,
            auth=(username, password) if username is not None and password is not None else None,
            max_file_size=0,
            app_kwargs={"middleware": [guard]},
            theme=_theme(),
            css=_css(),
            head=_head(),
            footer_links=["api"],
            run_history=False,
            ssr_mode=False,
            show_error=False,
            quiet=True,
            prevent_thread_lock=True,
            # Gradio would ask for the first page and give up after three seconds, which a busy
            # machine may take.
            _frontend=False,
        )
    except OSError as error:
        raise UserError(
            f"Port {port} of {host} cannot be used ({error}): stop what listens there, or choose "
            "another one with explorer.server.port=7861."
        ) from error
    return str(shared or address)


def _theme() -> gr.themes.Base:
    """Gradio's plain theme with system fonts, which need no download, and our own colours."""
    light, dark = theme.TOKENS["light"], theme.TOKENS["dark"]
    base = gr.themes.Base(
        primary_hue="teal",
        neutral_hue="slate",
        radius_size="sm",
        font=list(theme.SANS),
        font_mono=list(theme.MONO),
    )
    return base.set(
        body_background_fill=light["page"],
        body_background_fill_dark=dark["page"],
        body_text_color=light["text"],
        body_text_color_dark=dark["text"],
        block_background_fill=light["page"],
        block_background_fill_dark=dark["page"],
        block_border_width="0px",
        block_label_text_color=light["quiet"],
        block_label_text_color_dark=dark["quiet"],
        input_background_fill=light["page"],
        input_background_fill_dark=dark["panel"],
        block_padding="0",
        block_title_text_size="13px",
        block_title_text_color=light["quiet"],
        block_title_text_color_dark=dark["quiet"],
        form_gap_width="16px",
        input_border_width="1px",
        input_border_color=light["line"],
        input_border_color_dark=dark["line"],
        button_primary_background_fill=light["accent"],
        button_primary_background_fill_dark=light["accent"],
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
    )


def _css() -> str:
    styles = [(_ASSETS / name).read_text(encoding="utf-8") for name in _STYLES]
    return "".join([theme.css(), *styles])


def _head() -> str:
    """Our scripts inside the page itself: nothing is fetched from elsewhere."""
    scripts = [(_ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    joined = "\n".join([layouts(PAGES), *scripts])
    return f"<script>{joined}</script>"
