//! Every code with its title and its page in `docs/errors`.

use super::Severity;

/// Numbers its variants: `Name = P0101 "title"`.
macro_rules! codes {
    ($($name:ident = $id:ident $title:literal,)*) => {
        /// The number of a kind of problem. Numbers are never given again to another kind.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", stringify!($id), "`: ", $title, ".")] $name,)*
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The number as it is written: `P0103`; warnings begin with W.
            pub const fn id(self) -> &'static str {
                match self { $(Code::$name => stringify!($id),)* }
            }

            /// What is wrong, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// The page that explains it, in Markdown: a wrong example, the reason, the right one.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Code::$name => include_str!(concat!("../../docs/errors/", stringify!($id), ".md")),)*
                }
            }
        }
    };
}

codes! {
    Unreadable = P0001 "a file cannot be read",
    NotUtf8 = P0002 "a scenario is not UTF-8 text",
    Syntax = P0003 "the text is not TOML",
    Schema = P0004 "the schema is missing or not known",

    UnknownKey = P0101 "a key that nothing reads",
    MissingKey = P0102 "a key that is needed is missing",
    UnknownParameter = P0103 "a parameter that the kind does not have",
    WrongType = P0104 "a value of the wrong type",
    UnknownKind = P0105 "a kind that is not registered",
    WrongUnit = P0106 "a unit that does not fit",
    NoUnit = P0107 "a bare number where a unit is needed",
    OutOfRange = P0108 "a value outside its range",
    BadNumber = P0109 "a text that is not a decimal number",
    OffTick = P0110 "a price between two ticks",
    UnknownWord = P0111 "a word that is not among the choices",
    BadDate = P0112 "a date that cannot be read",
    BadName = P0113 "a name that cannot be used",
    WrongCurrency = P0114 "an amount in another currency",
    LessThanALot = P0115 "an amount that comes to no lot",
    Contradiction = P0116 "parameters that do not go together",

    UnknownLink = P0201 "a link that is not declared",
    UnknownSymbol = P0202 "a symbol that is not declared",
    UnknownBook = P0203 "a book that does not exist",
    SameName = P0204 "two of one name",
    SaidTwice = P0205 "one thing listed twice",
    UnknownTarget = P0206 "a setting of something that is not there",
    BadSetting = P0207 "a setting that cannot be read",
    NothingToTrade = P0208 "nothing to trade",
    FeedVaries = P0209 "a feed that is not constant",
    NoHeadroom = P0210 "tick and lot leave no room for exact cash",
    TooMany = P0211 "more than there are numbers for",
    UnknownSeries = P0212 "a series that no agent emits",
    UnknownGroup = P0213 "a group that is not declared",

    NobodyTrades = W0201 "a book that nobody trades",
    NobodyBegins = W0202 "a book in which nobody begins a market",
    NoValue = W0203 "informed traders without a value",
    UnusedLink = W0204 "a link that nobody uses",
    Unlisted = W0205 "a symbol that no venue lists",
    StaysEmpty = W0206 "a table that stays empty",
    TooLarge = W0207 "orders that are too large for their venue",
    NotOpen = W0208 "a run in which a venue does not open",
    BetweenSteps = W0209 "prices between those of a tick table",
    OddLots = W0210 "orders that are no whole round lots",
    NobodySells = W0211 "a book in which nobody may sell",
    NothingToFollow = W0212 "a dark venue without a quote to follow",
    NeverActs = W0213 "a rule that never acts",
    NotClosed = W0214 "positions that are not closed",

    WakeInClockedGroup = P0301 "an agent asked to be woken in a group with a clock",

    SinkTarget = P0302 "a sink that cannot write there",

    StandsStill = P0303 "time stands still",

    ValueNotFinite = P0304 "a law of value that came to no number",

    IdleGroup = W0301 "a group that keeps its own time and did nothing",
}

impl Code {
    /// The code of this number, in upper or lower case.
    pub fn of(id: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
    }

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        if self.id().as_bytes()[0] == b'W' { Severity::Warning } else { Severity::Error }
    }
}
