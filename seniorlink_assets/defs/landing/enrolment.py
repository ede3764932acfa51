"""What the enrolment system sends: everybody on the first day, then new and changed records."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

caregivers = landing_set(
    "enrolment/caregivers",
    description="One line per version of a caregiver's record.",
    format="csv",
    columns=[
        LandingColumn("caregiver_id", "The caregiver.", phi="identifier"),
        LandingColumn("full_name", "Given and family name as on the enrolment form.", phi="name"),
        LandingColumn("birth_date", "Day of birth.", phi="dob"),
        LandingColumn("phone", "Number to call.", phi="contact"),
        LandingColumn("email", "Address to write to.", phi="contact"),
        LandingColumn("street", "Street and number of the home.", phi="contact"),
        LandingColumn("city", "City of the home.", phi="geo"),
        LandingColumn("state", "State of the home, two letters."),
        LandingColumn("zip", "ZIP code of the home.", phi="geo"),
        LandingColumn("updated_at", "When this version was recorded, in UTC."),
    ],
    owners=["team:enrolment-data"],
)

consumers = landing_set(
    "enrolment/consumers",
    description="One line per version of a consumer's record: the person who is cared for.",
    format="csv",
    columns=[
        LandingColumn("consumer_id", "The consumer.", phi="identifier"),
        LandingColumn("caregiver_id", "Who cares for the consumer.", phi="identifier"),
        LandingColumn("full_name", "Given and family name as on the enrolment form.", phi="name"),
        LandingColumn("birth_date", "Day of birth.", phi="dob"),
        LandingColumn("sex", "F, M, X, or empty if not stated."),
        LandingColumn("diagnosis_code", "Main diagnosis in ICD-10.", phi="clinical"),
        LandingColumn("zip", "ZIP code of the home.", phi="geo"),
        LandingColumn("updated_at", "When this version was recorded, in UTC."),
    ],
    owners=["team:enrolment-data"],
)

enrolments = landing_set(
    "enrolment/enrolments",
    description="One line per version of a consumer's enrolment in a programme.",
    format="csv",
    columns=[
        LandingColumn("enrolment_id", "The enrolment.", phi="identifier"),
        LandingColumn("consumer_id", "Who is enrolled.", phi="identifier"),
        LandingColumn("caregiver_id", "Who cares for the consumer.", phi="identifier"),
        LandingColumn("programme_code", "The programme, three capitals."),
        LandingColumn("started_on", "First day of the enrolment.", phi="date"),
        LandingColumn("ended_on", "Last day of the enrolment, empty while it is open.", phi="date"),
        LandingColumn("level", "Level of care, 1 or 2."),
        LandingColumn("updated_at", "When this version was recorded, in UTC."),
    ],
    owners=["team:enrolment-data"],
)

care_teams = landing_set(
    "enrolment/care_teams",
    description="One line per assignment of a caregiver to a care team.",
    format="csv",
    columns=[
        LandingColumn("care_team_id", "The care team."),
        LandingColumn("name", "What the care team is called."),
        LandingColumn("state", "State the care team works in, two letters."),
        LandingColumn("caregiver_id", "Who was assigned to it.", phi="identifier"),
        LandingColumn("assigned_at", "When the assignment began, in UTC.", phi="date"),
    ],
    owners=["team:enrolment-data"],
)

programmes = landing_set(
    "enrolment/programmes",
    description="One line per programme; sent when programmes change, else only a header.",
    format="csv",
    columns=[
        LandingColumn("programme_code", "The programme, three capitals."),
        LandingColumn("name", "What the programme is called."),
        LandingColumn("payer", "Who pays for it."),
        LandingColumn("daily_rate_usd", "What the payer pays per day of service."),
        LandingColumn("valid_from", "First day on which this holds."),
    ],
    owners=["team:enrolment-data"],
)
