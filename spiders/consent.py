"""Finds the button of a consent wall: the one that refuses, else the one that lets us in.

A consent wall asks about cookies before it shows a public page. It is no login and no
challenge; those are never passed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Frame, Locator, Page

#: Buttons of the common consent managers that refuse everything, whatever their language.
REFUSE = (
    "#onetrust-reject-all-handler",
    ".ot-pc-refuse-all-handler",
    "#CybotCookiebotDialogBodyButtonDecline",
    "#CybotCookiebotDialogBodyLevelButtonLevelOptinDeclineAll",
    "#didomi-notice-disagree-button",
    ".didomi-continue-without-agreeing",
    "[data-testid='uc-deny-all-button']",
    "#uc-btn-deny-banner",
    ".qc-cmp2-summary-buttons button[mode='secondary']",
    ".fc-cta-do-not-consent",
    "#cmpbntnotxt",
    "#cmpwelcomebtnno a",
    ".osano-cm-denyAll",
    ".cky-btn-reject",
    ".cmplz-deny",
    ".cc-deny",
    "#tarteaucitronAllDenied2",
    "#axeptio_btn_dismiss",
    ".iubenda-cs-reject-btn",
    ".truste-button2",
    "#truste-consent-required",
    "[data-cookiefirst-action='reject']",
    "button[data-cli_action='reject']",
    ".moove-gdpr-infobar-reject-btn",
    "#wt-cli-reject-btn",
    "[data-cookie-refuse]",
    "button[id*='reject-all' i]",
    "button[class*='reject-all' i]",
)
#: Their buttons that accept: pressed where there is no way to refuse.
ACCEPT = (
    "#onetrust-accept-btn-handler",
    "#CybotCookiebotDialogBodyLevelButtonLevelOptinAllowAll",
    "#CybotCookiebotDialogBodyButtonAccept",
    "#didomi-notice-agree-button",
    "[data-testid='uc-accept-all-button']",
    ".qc-cmp2-summary-buttons button[mode='primary']",
    ".fc-cta-consent",
    "#cmpbntyestxt",
    ".osano-cm-acceptAll",
    ".cky-btn-accept",
    ".cmplz-accept",
    ".cc-dismiss",
    ".cc-allow",
    "#tarteaucitronPersonalize2",
    "#axeptio_btn_acceptAll",
    ".iubenda-cs-accept-btn",
    "#truste-consent-button",
    ".moove-gdpr-infobar-allow-all",
    "#cookie_action_close_header",
)
#: What holds a wall that no manager above made; buttons are looked for nowhere else.
_BOXES = ", ".join(
    f"{element}[{attribute}*='{word}' i]"
    for element in ("div", "section", "aside", "form", "dialog", "footer")
    for attribute in ("id", "class", "aria-label")
    for word in ("cookie", "consent", "gdpr", "privacy")
)
_REFUSING = re.compile(
    r"\b(reject|refuse|decline|deny|disagree|only (necessary|essential)|"
    r"(necessary|essential)( cookies)? only|without (accepting|agreeing|consent)|"
    r"refuser|rejeter|sans accepter|ablehnen|nur (notwendige|erforderliche)|weigeren|"
    r"alleen noodzakelijke|rechazar|solo necesarias|rifiuta|solo necessari|odrzuć|"
    r"respinge|refuz|avvisa|neka|endast nödvändiga|reddet|refuzo|từ chối|rejeitar|"
    r"отклонить|відхилити|απόρριψη)|رفض|نپذیرفتن|رد کردن|拒绝",
    re.IGNORECASE,
)
_ACCEPTING = re.compile(
    r"\b(accept|agree|allow|got it|i understand|ok(ay)?|continue|accepter|tout accepter|"
    r"j.accepte|akzeptieren|zustimmen|einverstanden|accepteren|akkoord|aceptar|accetta|"
    r"akceptuj|zgadzam|acceptă|acceptera|godkänn|kabul|pranoj|đồng ý|aceitar|принять|"
    r"прийняти|αποδοχή)|قبول|موافق|می‌پذیرم|同意|接受",
    re.IGNORECASE,
)
_PRESSING = 2000  # milliseconds that a button has to take a press


async def pass_consent(page: Page) -> bool:
    """Press the button of a consent wall. Whether there was one that could be pressed."""
    from playwright.async_api import Error

    for known, said in ((REFUSE, _REFUSING), (ACCEPT, _ACCEPTING)):
        for frame in page.frames:
            try:
                button = await _find(frame, ", ".join(known), said)
                if button is not None:
                    await button.click(timeout=_PRESSING)
                    return True
            except Error:
                continue  # the frame went away, or something lies over the button
    return False


async def _find(frame: Frame, known: str, said: re.Pattern[str]) -> Locator | None:
    button = frame.locator(f":is({known}):visible")
    if await button.count():
        return button.first
    boxes = frame.locator(f":is({_BOXES}):visible")
    if not await boxes.count():
        return None
    words = boxes.locator("button, [role=button], input[type=submit], input[type=button], a")
    button = words.filter(has_text=said, visible=True)
    return button.first if await button.count() else None
