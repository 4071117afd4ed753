"""Errors of AWS as one line each, with the remedy."""

from neural_guide.errors import UserError

REMEDIES = {
    ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"): (
        "AWS asks to slow down, after eight attempts",
        "Wait a minute and run the command again; it finds what was begun",
    ),
    ("ExpiredToken", "ExpiredTokenException"): (
        "the credentials have expired",
        "Get new ones (aws sso login, or a new session token) and run the command again",
    ),
    ("RequestExpired",): (
        "the credentials have expired, or this machine's clock is wrong",
        "Get new ones (aws sso login, or a new session token); if they are, set the clock (timedatectl set-ntp true)",
    ),
    ("RequestTimeTooSkewed", "SignatureDoesNotMatch", "InvalidSignatureException"): (
        "the signature is not accepted, mostly because this machine's clock is wrong",
        "Set the clock (timedatectl set-ntp true); if it is right, check AWS_SECRET_ACCESS_KEY",
    ),
    ("InsufficientInstanceCapacity", "UnfulfillableCapacity", "InsufficientHostCapacity"): (
        "there is no capacity for this type now",
        "Nothing was launched or is paid. Try another zone (cloud.subnet), cloud.region or hardware, or later",
    ),
    ("SpotMaxPriceTooLow",): (
        "the spot price is above the cap",
        "Nothing was launched. action=price shows the prices; raise cloud.max_price or take another zone",
    ),
    ("MaxSpotInstanceCountExceeded", "VcpuLimitExceeded", "InstanceLimitExceeded"): (
        "the quota is used up or 0",
        "Nothing was launched. action=quota says what is needed and how to request it; approval takes hours to days",
    ),
    ("AuthFailure.ServiceLinkedRoleCreationNotPermitted",): (
        "the account has never used spot machines, and these credentials may not create its role for them",
        "Nothing was launched. Once, by somebody who may: "
        "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com",
    ),
    ("InternalError", "InternalFailure", "ServiceUnavailable", "Unavailable", "RequestTimeout"): (
        "AWS failed by itself",
        "What was asked for may be done all the same: action=watch shows it, action=stop ends it",
    ),
    ("NoSuchBucket", "404"): (
        "the bucket does not exist",
        "Create it in this region (aws s3 mb s3://NAME --region REGION), or check cloud.bucket",
    ),
    ("PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"): (
        "the bucket is in another region",
        "Use cloud.region of the bucket: data between regions is slow and paid for",
    ),
    ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "403"): (
        "these credentials may not do that",
        "Ask for the permissions in docs/cloud.md",
    ),
    ("AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"): (
        "the credentials are not known",
        "Check AWS_PROFILE or AWS_ACCESS_KEY_ID, and that the region is enabled for the account",
    ),
    ("InvalidAMIID.NotFound", "InvalidAMIID.Malformed"): (
        "there is no such image in this region",
        "Leave cloud.ami away for the newest Deep Learning AMI, or name one of this region",
    ),
}
NO_ANSWER = (
    "the answer of AWS was lost",
    "What was asked for may be done all the same, a machine be launched and paid for: action=watch shows it, "
    "action=stop ends it",
)
REMEDIES_BY_EXCEPTION = {
    "NoCredentialsError": ("there are no credentials", "Set AWS_PROFILE, or run aws configure sso"),
    "PartialCredentialsError": ("the credentials are not complete", "Set AWS_SECRET_ACCESS_KEY too"),
    "TokenRetrievalError": ("the credentials have expired", "Run aws sso login"),
    "ProfileNotFound": (
        "AWS_PROFILE names a profile that is not configured here",
        "Name one of aws configure list-profiles, or make it: aws configure sso",
    ),
    "EndpointConnectionError": ("AWS cannot be reached", "Check the network, and cloud.region for a misspelling"),
    "ConnectTimeoutError": ("AWS cannot be reached", "Check the network"),
    "ReadTimeoutError": NO_ANSWER,
    "ConnectionClosedError": NO_ANSWER,
}


def to_user_error(error: Exception, call: str, region: str) -> UserError:
    """Turn the error of a call into one line. Texts of AWS may quote requests, so only codes are shown.

    Args:
        error: error that boto3 raised.
        call: service and operation.
        region: region of the call.
    """
    if isinstance(error, UserError):
        return error
    code = read_error_code(error)
    kind = type(error).__name__
    for codes, (fact, remedy) in REMEDIES.items():
        if code in codes:
            return UserError(f"{call} in {region}: {fact} ({code}). {remedy}.")
    fact, remedy = REMEDIES_BY_EXCEPTION.get(
        kind, ("it failed", "Look the code up in the documentation of the service")
    )
    return UserError(f"{call} in {region}: {fact} ({code or kind}). {remedy}.")


def read_error_code(error: Exception) -> str:
    """Read the code that AWS gave an error; empty if it gave none."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""
