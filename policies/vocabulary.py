"""The parts of the vocabulary: each class is one kind of thing that controls speak about, each field one fact of it.

`None` always means "not known": nobody looked, or the look failed. An empty tuple means "looked, found none".
"""

from __future__ import annotations

from dataclasses import dataclass

_STRICT = {"extra": "forbid"}  # what pydantic is told: a name outside the vocabulary is an error


@dataclass(frozen=True, slots=True)
class ExplicitLabel:
    """A label that people see or hear. Times in seconds, heights in pixels, contrast as WCAG ratio."""

    standard: str | None = None  # written, documents, seen, heard
    form: str | None = None  # text, corner, voice, rhythm, icon
    wording: str | None = None
    ai_element: bool | None = None  # the wording holds 人工智能 or AI
    generation_element: bool | None = None  # the wording holds 生成, 合成, generated or synthetic
    position: str | None = None  # start, middle, end, edge, corner, elsewhere
    ink_height: int | None = None
    contrast: float | None = None
    starts: float | None = None
    ends: float | None = None
    characters_per_minute: float | None = None
    pulses: str | None = None  # of a rhythm: "SLSS"
    accessible: bool | None = None  # has a text or audio equivalent
    icon: str | None = None  # eu_basic, eu_generated, eu_modified, other
    language: str | None = None
    repeats: bool | None = None  # comes again at intervals and after breaks
    pulse_ratio: float | None = None  # of a rhythm: long over short
    pulse_snr: float | None = None  # decibels over what is around it
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """One implicit label under GB 45438-2025 Annex E, and how it deviates."""

    label: str | None = None
    content_producer: str | None = None
    produce_id: str | None = None
    reserved_code1: str | None = None
    content_propagator: str | None = None
    propagate_id: str | None = None
    reserved_code2: str | None = None
    place: str | None = None
    well_formed: bool | None = None  # a readable JSON object (or mapping) with the seven keys
    string_label: bool | None = None  # Label is the string 1, 2 or 3
    permitted_characters: bool | None = None
    provider_code_ok: bool | None = None  # None: a plain name, which is lawful
    guide_place: bool | None = None
    first_write: bool | None = None
    personal_data: bool | None = None
    integrity: bool | None = None  # the reserved code verifies
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class IptcLabel:
    """IPTC and PLUS properties found in XMP."""

    source_type: str | None = None
    ai_system: str | None = None
    ai_system_version: str | None = None
    data_mining: str | None = None
    web_statement: str | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ClaimFacts:
    """One C2PA manifest of the chain; `depth` 0 is the active one."""

    state: str | None = None
    depth: int | None = None
    relationship: str | None = None
    actions: tuple[str, ...] | None = None
    source_types: tuple[str, ...] | None = None
    ai_source: bool | None = None
    generator: str | None = None
    agent: str | None = None
    agent_version: bool | None = None
    when: bool | None = None  # an action or a time-stamp says when
    signer: str | None = None
    label: str | None = None
    timestamped: bool | None = None
    ai_disclosure: bool | None = None
    soft_binding: bool | None = None
    training: str | None = None  # allowed, notAllowed, constrained
    laundered: bool | None = None
    rubric_failures: int | None = None  # of the official conformance rubric
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Watermark:
    """A mark that was read."""

    method: str | None = None
    ours: bool | None = None
    payload: str | None = None
    p_value: float | None = None
    survives: bool | None = None  # still read after the standard transform set
    transplanted: bool | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Person:
    """An identifiable person shown or heard. What the person is, is asked for, never inferred."""

    name: str | None = None
    public_figure: bool | None = None
    consent: bool | None = None
    basis: str | None = None  # consent, news, parody, public_domain
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Source:
    """Something a work or a model was made from, with its reservations against mining."""

    name: str | None = None
    use: str | None = None  # reference, training
    origin: str | None = None
    licence: str | None = None
    basis: str | None = None  # own, licensed, public_domain, exception
    ip_checked: bool | None = None
    personal_data_basis: str | None = None
    cawg_training: str | None = None
    tdm_reservation: bool | None = None
    robots_train: str | None = None  # y, n
    data_mining: str | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """One asset: what its dossier says, and what somebody answers for having declared."""

    path: str | None = None
    sha256: str | None = None
    media: str | None = None
    format: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    tokens: int | None = None
    generated: bool | None = None
    altered: bool | None = None  # partly synthetic
    captured: bool | None = None
    origin: str | None = None
    basis: str | None = None
    integrity: str | None = None
    trust: str | None = None
    platform_class: str | None = None
    laundered: bool | None = None
    complete: bool | None = None
    contradictions: int | None = None
    explicit: tuple[ExplicitLabel, ...] | None = None
    aigc: tuple[AigcLabel, ...] | None = None
    iptc: tuple[IptcLabel, ...] | None = None
    claims: tuple[ClaimFacts, ...] | None = None
    watermarks: tuple[Watermark, ...] | None = None
    registered: bool | None = None
    registry_agrees: bool | None = None  # the record's fingerprint fits this content
    unique_produce_id: bool | None = None  # within the audited corpus
    traces: int | None = None
    detector: str | None = None
    persons: tuple[Person, ...] | None = None
    inputs: tuple[Source, ...] | None = None
    edits: tuple[str, ...] | None = None  # face, voice, posture...
    deepfake: bool | None = None
    artistic: bool | None = None
    public_interest: bool | None = None
    advertisement: bool | None = None
    synthetic_performer: bool | None = None
    standard_editing: bool | None = None
    topics: tuple[str, ...] | None = None
    exempt_law_enforcement: bool | None = None
    publicly_accessible: bool | None = None
    election_window: bool | None = None
    refuted: bool | None = None  # the item stands in the refutation register
    tier: str | None = None
    similarity: float | None = None  # to the nearest reference work, 0..1
    copyright_claimed: bool | None = None
    creation_log: bool | None = None  # made while creating
    disclosed_elsewhere: bool | None = None  # description, credits, caption
    first_exposure: bool | None = None
    human_reviews: int | None = None
    editorial_responsibility: str | None = None
    kept_through: bool | None = None  # labels and marks after a processing step are those before it
    marks_kept: tuple[str, ...] | None = None
    marks_lost: tuple[str, ...] | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a pipeline, in order."""

    name: str | None = None
    does: str | None = None  # generate, edit, label, watermark, metadata, sign, register, transcode, export, review...
    lossy: bool | None = None
    read_back: bool | None = None
    effect: str | None = None  # remove_label, forge_label, hide_label
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model that the pipeline uses or offers."""

    id: str | None = None
    source: str | None = None
    licence: str | None = None
    revision: str | None = None
    card: bool | None = None
    card_limits: bool | None = None
    card_robustness: bool | None = None
    card_bias: bool | None = None
    discloses: bool | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key, by its handle."""

    purpose: str | None = None
    source: str | None = None  # kms, pkcs11, file, environment, repository
    rotated_days: int | None = None
    expires_days: int | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class CodeFinding:
    """A place in the pipeline's own code where marking is bypassed."""

    file: str | None = None
    line: int | None = None
    what: str | None = None
    confidence: str | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class PipelineFacts:
    """A generation pipeline as its manifest and its code tell."""

    name: str | None = None
    steps: tuple[Step, ...] | None = None
    models: tuple[ModelFacts, ...] | None = None
    keys: tuple[KeyFacts, ...] | None = None
    sources: tuple[Source, ...] | None = None
    code: tuple[CodeFinding, ...] | None = None
    secrets: int | None = None  # private keys found in the tree
    reviews_input: bool | None = None
    reviews_output: bool | None = None
    feature_library: bool | None = None
    filter_ncii: bool | None = None
    filter_csam: bool | None = None
    notice_text: str | None = None
    notice_ai_element: bool | None = None
    notice_generation_element: bool | None = None
    notice_first_turn: bool | None = None  # told at or before the first exchange, in context
    notice_playback: bool | None = None  # beside the player while it plays
    marking_layers: tuple[str, ...] | None = None  # metadata, watermark, fingerprint, log, visible
    detects_basis: bool | None = None  # every detection result names the technique it rests on
    block_report: bool | None = None  # a tested, versioned report of what the filters blocked
    personal_data_consent: bool | None = None
    notice_persistent: bool | None = None
    notice_position: str | None = None
    placed_on_market: str | None = None  # ISO date
    monthly_users: int | None = None
    policy_reviewed_days: int | None = None
    waivers: int | None = None
    waivers_unbounded: int | None = None
    waivers_expired: int | None = None
    retains_uploads: bool | None = None
    redacts_personal_data: bool | None = None
    ci_gate: bool | None = None
    parser_limits: bool | None = None
    remote_fetch: bool | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a register that the moderation side keeps; `kind` tells which. Durations in hours."""

    kind: str | None = None  # decision, appeal, flag, takedown, refutation, blacklist, release, consent, claim...
    id: str | None = None
    sha256: str | None = None
    outcome: str | None = None
    notice: str | None = None  # the words that users were shown
    metadata_label: bool | None = None
    user_declared: bool | None = None
    trace_found: bool | None = None
    rule_ids: bool | None = None
    actor: str | None = None
    first_actor: str | None = None
    reason: str | None = None
    evidence: bool | None = None
    hours: float | None = None  # from receipt to action
    acknowledged_hours: float | None = None
    open: bool | None = None
    expires_months: float | None = None
    appeal_link: bool | None = None
    reported: bool | None = None
    requester: str | None = None
    agreement: str | None = None
    label_updated: bool | None = None
    model_changed: bool | None = None
    subkind: str | None = None  # of a takedown: order, intimate, impersonation, ncii
    copies_searched: bool | None = None
    label_value: str | None = None  # the Label written into the served file
    propagator: bool | None = None  # ContentPropagator and PropagateID stand in the served file
    producer_kept: bool | None = None
    prompted: bool | None = None  # the user was asked
    resolved_hours: float | None = None
    substantive: bool | None = None  # a review of content, not of spelling alone
    responsible: str | None = None
    before_publication: bool | None = None
    status: str | None = None  # of a fact claim: supported, disputed, not_checked
    disposed: bool | None = None  # some action was taken
    cluster_size: int | None = None
    cluster_accounts: int | None = None
    review: str | None = None  # who reviewed: human, machine
    source: str | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """All registers of one export, and figures computed from them."""

    entries: tuple[Record, ...] | None = None
    log_verifies: bool | None = None  # the hash chain
    log_complete: bool | None = None  # each decision has hash, inputs, rules with versions, outcome, actor, time
    retention_months: float | None = None
    double_review_share: float | None = None
    kappa: float | None = None
    false_positive_interval: bool | None = None
    flag_p95_hours: float | None = None
    flag_limit_hours: float | None = None
    sums_match: bool | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement the organisation answers for: what about, where it is written, who owns it, how old it is."""

    topic: str | None = None
    document: str | None = None
    owner: str | None = None
    age_days: int | None = None
    holds: tuple[str, ...] | None = None  # what the document is said to contain
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """What an organisation attests, and the few figures laws ask for."""

    attestations: tuple[Attestation, ...] | None = None
    monthly_users: int | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that is known of one subject. Parts that the subject does not have are None."""

    subject: str = ""
    kind: str = "asset"  # asset, pipeline, records, organisation
    asset: AssetFacts = AssetFacts()
    pipeline: PipelineFacts = PipelineFacts()
    records: RecordFacts = RecordFacts()
    organisation: OrganisationFacts = OrganisationFacts()
    __pydantic_config__ = _STRICT
