"""The words of the sample company: names, places, programmes and what caregivers write."""

import duckdb


def create_vocabulary(db: duckdb.DuckDBPyConnection) -> None:
    """The macro `words(name)` for the lists below, and tables of places, counties, programmes."""
    for name, words in PHRASES.items():
        db.execute(f"SET VARIABLE {name} = ?", [words])
    for name, words in WORDS.items():
        db.execute(f"SET VARIABLE {name} = ?", [words.split()])
    db.execute(TABLES)
    places = [
        (state_n, state, city_n, city, zip3)
        for state_n, (state, cities) in enumerate(PLACES.items())
        for city_n, (city, zip3) in enumerate(cities.items())
    ]
    db.executemany("INSERT INTO places VALUES (?, ?, ?, ?, ?)", places)
    db.executemany("INSERT INTO counties VALUES (?, ?, ?, ?)", COUNTIES)
    programmes = [(n, *programme) for n, programme in enumerate(PROGRAMMES)]
    db.executemany("INSERT INTO programmes VALUES (?, ?, ?, ?, ?)", programmes)


TABLES = """
CREATE MACRO words(name) AS getvariable(name);
CREATE TABLE places (state_n INT, state TEXT, city_n INT, city TEXT, zip3 TEXT);
CREATE TABLE counties (state TEXT, city TEXT, county TEXT, county_fips TEXT);
CREATE TABLE programmes (
    programme_n INT, programme_code TEXT, name TEXT, payer TEXT, daily_rate_usd DECIMAL(8, 2)
);
"""

PLACES = {
    "MA": {"Boston": "021", "Worcester": "016", "Springfield": "011", "Lowell": "018"},
    "CT": {"Hartford": "061", "New Haven": "065", "Stamford": "069", "Norwich": "063"},
    "PA": {"Philadelphia": "191", "Pittsburgh": "152", "Erie": "165", "Scranton": "185"},
    "OH": {"Columbus": "432", "Cleveland": "441", "Dayton": "454", "Toledo": "436"},
    "GA": {"Atlanta": "303", "Savannah": "314", "Macon": "312", "Augusta": "309"},
    "IN": {"Indianapolis": "462", "Fort Wayne": "468", "Gary": "464", "Evansville": "477"},
    "NC": {"Raleigh": "276", "Durham": "277", "Asheville": "288", "Wilmington": "284"},
    "RI": {"Providence": "029", "Warwick": "028", "Cranston": "029", "Newport": "028"},
}

COUNTIES = (
    ("MA", "Boston", "Suffolk", "25025"),
    ("MA", "Worcester", "Worcester", "25027"),
    ("MA", "Springfield", "Hampden", "25013"),
    ("MA", "Lowell", "Middlesex", "25017"),
    ("CT", "Hartford", "Hartford", "09003"),
    ("CT", "New Haven", "New Haven", "09009"),
    ("CT", "Stamford", "Fairfield", "09001"),
    ("CT", "Norwich", "New London", "09011"),
    ("PA", "Philadelphia", "Philadelphia", "42101"),
    ("PA", "Pittsburgh", "Allegheny", "42003"),
    ("PA", "Erie", "Erie", "42049"),
    ("PA", "Scranton", "Lackawanna", "42069"),
    ("OH", "Columbus", "Franklin", "39049"),
    ("OH", "Cleveland", "Cuyahoga", "39035"),
    ("OH", "Dayton", "Montgomery", "39113"),
    ("OH", "Toledo", "Lucas", "39095"),
    ("GA", "Atlanta", "Fulton", "13121"),
    ("GA", "Savannah", "Chatham", "13051"),
    ("GA", "Macon", "Bibb", "13021"),
    ("GA", "Augusta", "Richmond", "13245"),
    ("IN", "Indianapolis", "Marion", "18097"),
    ("IN", "Fort Wayne", "Allen", "18003"),
    ("IN", "Gary", "Lake", "18089"),
    ("IN", "Evansville", "Vanderburgh", "18163"),
    ("NC", "Raleigh", "Wake", "37183"),
    ("NC", "Durham", "Durham", "37063"),
    ("NC", "Asheville", "Buncombe", "37021"),
    ("NC", "Wilmington", "New Hanover", "37129"),
    ("RI", "Providence", "Providence", "44007"),
    ("RI", "Warwick", "Kent", "44003"),
    ("RI", "Cranston", "Providence", "44007"),
    ("RI", "Newport", "Newport", "44005"),
)

PROGRAMMES = (
    ("SFC", "Structured Family Caregiving", "MassHealth", "62.40"),
    ("AFC", "Adult Foster Care", "MassHealth", "74.15"),
    ("SFH", "Shared Family Home, Level A", "Husky Health", "91.80"),
    ("VDC", "Veteran Directed Care", "VA", "103.25"),
    ("CDP", "Consumer Directed Personal Care", "PA Medicaid", "55.00"),
    ("GAP", 'Guided Aging "at Home" Program', "Georgia SOURCE", "48.60"),
    ("PCA", "Personal Care Attendant", "MassHealth", "37.95"),
    ("RSP", "Respite", "Commonwealth Care Alliance", "118.20"),
)


WORDS = {
    "first_names": """
        Maria James Linda Robert Patricia Michael Barbara William Elizabeth David Susan
        Joseph Rosa Thomas Margaret Daniel Dorothy Paul Carol Mark Ruth Kevin Sharon Brian
        Grace George Denise Edward Angela Aisha Luis Mei Carlos Fatima Jamal Priya Ivan
        Keisha Diego Hana Omar Ngozi Pedro Yuki Tomasz José Zoë René Siân Björn Chloë Renée
        Íñigo Søren Łucja Đức 丽
    """,
    "last_names": """
        Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez
        Lopez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White
        Harris Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott
        Torres Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
        Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards O'Neil D'Angelo
        Smith-Ortiz Okafor Patel Kim Chen Kowalski Silva Haddad Nguyễn Muñoz Müller
        Gonçalves Šimić Ågren Østergaard Çelik Peña Lévesque 李 王
    """,
    "team_names": "Harbor Maple Summit Willow Lantern Juniper Beacon Meadow Orchard Granite",
    "diagnoses": "G30.9 G30.1 F03.90 F03.918 I69.354 G20 G35 I50.9 J44.9 E11.9 F84.0 G80.9 Q90.9",
    "programme_shares": """
        SFC SFC SFC SFC SFC SFC AFC AFC AFC AFC PCA PCA PCA SFH SFH CDP CDP VDC GAP RSP
    """,
    "emoji": "🙂 ❤️ 🙏 😴 👵🏽 🎉",
}

PHRASES = {
    "streets": [
        "Main St",
        "Oak Ave",
        "Maple St",
        "Cedar Ln",
        "Park Rd",
        "Elm St",
        "Lake Dr",
        "Hill Rd",
        "Church St",
        "Martin Luther King Blvd",
        "Washington St",
        "Pine St",
        "River Rd",
        "Peachtree St NE",
        "Calle Sol",
        "Rue de l'Église",
    ],
    "hard_notes": [
        "Mom was up most of the night and would not take her pills.",
        "He fell in the bathroom, no injury we can see. Please call me.",
        'She kept asking "where is my home?" all afternoon.',
        "I am exhausted, and the aide cancelled again.",
        "Refused breakfast and lunch, very confused after the nap.",
        "Papá está muy agitado hoy, no quiso comer.",
    ],
    "even_notes": [
        "Regular day. Ate well, short walk after lunch.",
        "Blood pressure 132/84, took all medications on time.",
        "Quiet day, watched the game together.",
        "Physical therapy came by; exercises done twice.",
        "Slept in the chair, ankles a bit swollen.",
        "Appointment moved to next week, new time is 2:30.",
    ],
    "good_notes": [
        "Great day! She laughed at the old photos and remembered my name.",
        "Walked to the café and back without the cane.",
        "The grandchildren came over, he was so happy.",
        "Slept through the night, for the first time this month.",
        "Ate everything, even helped me to cook.",
        "Zoë visited, they sang together the whole evening.",
    ],
    "comments": [
        "Needs a hand on the stairs",
        '"Some days are worse"',
        "Café only with company, otherwise fine",
        "Sister helps on weekends",
    ],
}
