"""Which rules are there? Those of this package and of JSON Schema: the values of the label `rule`.

A rule of a component of another package is counted as `other`, so that nobody's code and nobody's
schema can fill a monitoring system with ever new series.
"""

KEYWORDS = frozenset(
    """
    additionalProperties allOf anyOf const contains dependentRequired dependentSchemas enum
    exclusiveMaximum exclusiveMinimum format if items maxContains maxItems maxLength
    maxProperties maximum minContains minItems minLength minProperties minimum multipleOf
    not oneOf pattern patternProperties prefixItems propertyNames required type
    unevaluatedItems unevaluatedProperties uniqueItems
    """.split()  # noqa: SIM905 - so it is read
)
"""The keywords of JSON Schema (2020-12) that can fail; the rules of the validator `schema`."""
OWN = frozenset(
    """
    address-length all animated area aspect ballast base64 blank blurred body bright bytes
    cel characters checksum choice consent content-encoding content-type contradiction
    contributor corrupt count csrf dark data data-missing depth empty encoding evaluation
    expect fixed fname frames full headers-length height http in-flight incomplete inside
    internal json key key-missing key-reused key-wrong keys length location max max_aspect
    max_height max_length max_pixels max_width memory method min min_aspect min_height
    min_length min_pixels min_width mode multipart name no-collection not-found origin
    outbox picture pixels place polyglot q quota quota-unavailable range rate receipt
    receive record repeated reserved seen session size slow spool stopping sure text
    thumbnail transfer-encoding truncated unasked unavailable unexpected unsettled utf-8
    values width withdrawn
    """.split()  # noqa: SIM905 - so it is read
)
"""The rules of every other refusal; a test finds those that are missing here."""
RULES = tuple(sorted(KEYWORDS | OWN))
