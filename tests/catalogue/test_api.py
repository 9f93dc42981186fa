"""The catalogue over HTTP: stored answers, their tags, what is refused."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from butler.catalogue import documents, queries, schemas
from butler.catalogue.checklist_schemas import ChecklistSchema

CODES = list(queries.catalogue().matters)
BUNDLES = list(queries.catalogue().bundles)
STORED = [
    "/matters",
    "/matters/M001",
    "/matters/M001/guide",
    "/bundles",
    "/bundles/B01",
    "/catalogue",
    "/search?q=公交",
]


@pytest.mark.parametrize("code", CODES)
def test_matter_says_what_is_unconfirmed(code: str) -> None:
    plain = schemas.MatterSchema().loads(documents.matter_document(code).body)
    matter = queries.matter(code)

    assert plain["unconfirmed_note"] == matter.unconfirmed_note
    assert set(plain["unconfirmed"]) >= {"promised_limit", "visits", "material_forms"}
    assert (plain["confidence"], plain["source"]) == (matter.confidence, matter.source)
    assert plain["verify_fields"] == list(matter.verify_fields)
    assert {key: plain[key] for key in ("materials", "steps", "fee", "legal_basis")} == {
        "materials": [
            {
                "name": one.name,
                "required": one.required,
                "form": one.form,
                "origin": one.origin,
                "authority_has": one.authority_has,
                "bring_words": one.bring_words,
                "condition": one.condition,
            }
            for one in matter.materials
        ],
        "steps": list(matter.steps),
        "fee": matter.fee,
        "legal_basis": matter.legal_basis,
    }


def test_documents_keep_their_described_shape() -> None:
    for code in queries.catalogue().guides:
        schemas.GuideSchema().loads(documents.guide_document(code).body)
    for code in BUNDLES:
        schemas.BundleSchema().loads(documents.bundle_document(code).body)
    schemas.BundlesSchema().loads(documents.bundles_document().body)
    schemas.CatalogueSchema().loads(documents.catalogue_document().body)


@pytest.mark.parametrize("path", STORED)
def test_stored_answers_have_a_tag_and_304(client: FlaskClient, path: str) -> None:
    first = client.get(f"/api/v1{path}")
    same = client.get(f"/api/v1{path}", headers={"If-None-Match": first.headers["ETag"]})
    other = client.get(f"/api/v1{path}", headers={"If-None-Match": '"something-else"'})

    assert (first.status_code, first.mimetype) == (200, "application/json")
    assert first.headers["ETag"].startswith(f'"{queries.catalogue().revision}-')
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert other.data == first.data


def test_stored_answers_ask_no_database(client: FlaskClient, statements: list[str]) -> None:
    for path in STORED:
        assert client.get(f"/api/v1{path}").status_code == 200

    assert statements == []


def test_matters_in_pages_are_all_matters(client: FlaskClient) -> None:
    assert [item["code"] for page in pages(client, "/api/v1/matters") for item in page] == CODES
    assert [len(page) for page in pages(client, "/api/v1/matters")] == [50, 50, 10]


def test_matters_filtered(client: FlaskClient) -> None:
    answer = client.get("/api/v1/matters?group=parents&life_event=养老&channel=tap").json

    assert ([item["code"] for item in answer["items"]], answer["next_cursor"]) == (["M011"], None)
    assert answer["items"][0]["unconfirmed_note"] == queries.matter("M011").unconfirmed_note


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("group=uncle", 422),
        ("life_event=x", 422),
        ("channel=", 422),
        ("group=parents&group=children", 400),
        ("utm_source=poster", 200),
    ],
)
def test_matters_bad_and_foreign_questions(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/api/v1/matters?{query}").status_code == status


@pytest.mark.parametrize(
    "path", ["/matters/M999", "/matters/m001", "/bundles/B99", "/matters/M005/guide", "/matters/M999/guide"]
)
def test_unknown_is_404(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/api/v1{path}")

    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert path.split("/")[2] not in answer.text


def test_unknown_codes_all_look_the_same(client: FlaskClient) -> None:
    answers = [client.get(f"/api/v1/matters/{code}").json for code in ("M999", "nothing", "M001%20")]

    assert len({str({key: value for key, value in answer.items() if key != "instance"}) for answer in answers}) == 1


def test_guide_has_markdown_and_clean_html(client: FlaskClient) -> None:
    answer = client.get("/api/v1/matters/M001/guide").json

    assert answer["markdown"] == queries.guide("M001").body
    assert answer["sections"][0]["title"] == "这件事是什么"
    assert '<a href="/matters/M073">「高校毕业生（流动人员）人事档案接收与查询」</a>' in answer["html"]
    assert answer["current"] is True


def test_search_by_everyday_words(client: FlaskClient) -> None:
    answer = client.get("/api/v1/search?q=老人坐公交不要钱的卡").json

    assert answer["answered"] is True
    assert answer["items"][0] == {
        "code": "M012",
        "name": "老年人公共交通优待卡办理",
        "score": answer["items"][0]["score"],
        "why": "和“老人免费坐公交”是同一件事",
    }


def test_search_without_an_answer(client: FlaskClient) -> None:
    assert client.get("/api/v1/search?q=wwww").json["answered"] is False


@pytest.mark.parametrize(
    ("query", "status"), [("", 422), ("q=", 422), ("q=a&q=b", 400), (f"q={'长' * 201}", 422), ("q=%00", 400)]
)
def test_search_refused(client: FlaskClient, query: str, status: int) -> None:
    assert client.get(f"/api/v1/search?{query}").status_code == status


def test_checklist_of_answers(client: FlaskClient) -> None:
    answers = {"M016-Q1": "转诊去外地大医院", "M016-Q2": "我不清楚"}

    answer = client.post("/api/v1/matters/M016/checklist", json={"answers": answers})

    assert answer.status_code == 200
    assert [(item["name"], item["need"]) for item in answer.json["materials"]] == [
        ("居民身份证", "required"),
        ("医保电子凭证或社会保障卡", "required"),
        ("异地就医备案表", "required"),
        ("转诊单", "conditional"),
        ("授权委托书及代办人居民身份证", "possible"),
    ]
    assert answer.json["unclear"] == ["M016-Q2"]
    assert answer.json["warnings"][0] == queries.matter("M016").unconfirmed_note
    assert answer.json["closed_ways"] == []
    assert ChecklistSchema().validate(answer.json) == {}


def test_checklist_says_which_ways_the_answers_close_and_why(client: FlaskClient) -> None:
    answer = client.post("/api/v1/matters/M037/checklist", json={"answers": {"M037-Q1": "多人且未公证"}}).json

    assert [way["channel"] for way in answer["ways"]] == ["window", "guide"]
    assert [(way["channel"], way["question"], way["answer"]) for way in answer["closed_ways"]] == [
        ("online", "M037-Q1", "多人且未公证"),
        ("errand", "M037-Q1", "多人且未公证"),
    ]
    assert {way["why"] for way in answer["closed_ways"]} == {answer["delegation_note"]}
    assert (answer["delegation_mode"], answer["delegation"]) == ("no", "必须本人办，不能请人代办")
    assert ChecklistSchema().validate(answer) == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"answers": {"M001-Q1": "没有这一项"}}, 422),
        ({"answers": []}, 422),
        ({"answers": None}, 422),
        ({}, 422),
        ({"answers": {}, "name": "x"}, 422),
        ([], 422),
    ],
)
def test_checklist_refused(client: FlaskClient, body: object, status: int) -> None:
    answer = client.post("/api/v1/matters/M001/checklist", json=body)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_checklist_of_an_unknown_matter(client: FlaskClient) -> None:
    assert client.post("/api/v1/matters/M999/checklist", json={"answers": {}}).status_code == 404


def pages(client: FlaskClient, path: str) -> Iterator[list[dict[str, object]]]:
    cursor = ""
    while cursor is not None:
        answer = client.get(path, query_string={"cursor": cursor} if cursor else {}).json
        yield answer["items"]
        cursor = answer["next_cursor"]
