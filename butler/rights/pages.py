"""我的个人信息: what we hold, to read and to take along; correct it; leave."""

from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from butler.cases.grades import GRADE_NAMES
from butler.consents.register import register as consent_register
from butler.consents.schemas import ConsentsIn
from butler.consents.states import Channel
from butler.identity import session
from butler.identity.actions import check_settled
from butler.identity.session import fresh
from butler.rights import actions, consenting, queries
from butler.rights.register import GROUNDS, register
from butler.rights.schemas import NameIn
from butler.web.forms import fill_in_again
from butler.web.guard import public, signed_in
from butler.web.once import once
from butler.web.payload import read_form

pages = Blueprint("rights_pages", __name__, template_folder="templates")
_NAME, _CONSENTS = NameIn(), ConsentsIn()
_SAID = {"withdraw": "撤回了。从现在起不再用；撤回以前已经办的仍然有效。", "agree": "同意记下了，随时可以撤回。"}


@pages.get("/my/data")
@signed_in
@fresh(15)
def show() -> ResponseReturnValue:
    """Everything we hold about whoever asks, in plain words; and what it is for, by the register."""
    mine = [
        (entry.purpose, GROUNDS[entry.ground], register().periods[entry.kept])
        for entry in register().columns.values()
        if "self" in entry.sees and entry.kind in ("personal", "sensitive")
    ]
    return render_template(
        "rights/data.html", data=queries.own_data(g.actor.person_id), held=dict.fromkeys(mine), grades=GRADE_NAMES
    )


@pages.get("/my/data.json")
@signed_in
@fresh(15)
def take_along() -> ResponseReturnValue:
    """The same as a file for another system (PIPL art. 45: 可携带); not within a day of another telephone."""
    check_settled(g.actor.person_id)
    body = current_app.json.dumps(queries.own_data(g.actor.person_id), indent=True)
    name = "attachment; filename=butler-my-data.json"
    return Response(body, mimetype="application/json", headers={"Content-Disposition": name})


@pages.post("/my/data/name")
@signed_in
@once
@fill_in_again(show)
def correct() -> ResponseReturnValue:
    """Write somebody's name as they say it is."""
    actions.correct_name(g.actor, read_form(_NAME)["name"])
    return redirect(url_for("rights_pages.show"), 303)


@pages.get("/my/data/erase")
@signed_in
@fresh(15)
def erase_page() -> ResponseReturnValue:
    """What leaving means, before anybody leaves."""
    return render_template(
        "rights/erase.html", going_on=queries.open_affairs(g.actor.person_id), at_work=g.actor.is_staff
    )


@pages.post("/my/data/erase")
@signed_in
@fresh(15)
@once
def erase() -> ResponseReturnValue:
    """Leave."""
    actions.erase(g.actor)
    session.forget()
    return redirect(url_for("rights_pages.gone"), 303)


@pages.get("/gone")
@public
def gone() -> ResponseReturnValue:
    """Good-bye."""
    return render_template("rights/gone.html")


@pages.get("/my/consents")
@signed_in
def consents() -> ResponseReturnValue:
    """隐私与授权: everything somebody agreed to, each with its button to take it back."""
    mine = consenting.own_consents(g.actor)
    return render_template(
        "rights/consents.html",
        in_force=[one for one in mine if one.shown.consent.withdrawn_at is None],
        over=[one for one in mine if one.shown.consent.withdrawn_at is not None],
        offered=consenting.offered(g.actor),
        said=_SAID.get(request.args.get("done", "")),
    )


@pages.post("/my/consents")
@signed_in
@once
@fill_in_again(consents)
def agree() -> ResponseReturnValue:
    """Agree to what is personal."""
    consenting.agree(g.actor, read_form(_CONSENTS)["consents"], channel=Channel.PAGE)
    return redirect(url_for("rights_pages.consents", done="agree"), 303)


@pages.get("/my/consents/<int:consent_id>/withdraw")
@signed_in
def withdraw_page(consent_id: int) -> ResponseReturnValue:
    """What taking it back means, before somebody does."""
    consent = consenting.find_own(g.actor, consent_id)
    if consent.withdrawn_at is not None:
        return redirect(url_for("rights_pages.consents"), 303)
    return render_template("rights/withdraw.html", consent=consent, **vars(consenting.effects_of(g.actor, consent)))


@pages.post("/my/consents/<int:consent_id>/withdraw")
@signed_in
@once
def withdraw(consent_id: int) -> ResponseReturnValue:
    """Take it back."""
    consenting.take_back(g.actor, consent_id, channel=Channel.PAGE)
    return redirect(url_for("rights_pages.consents", done="withdraw"), 303)


@pages.get("/consents")
@public
def purposes() -> ResponseReturnValue:
    """Every text anybody is asked to agree to, the old ones too."""
    return render_template("rights/purposes.html", entries=consent_register().values())
