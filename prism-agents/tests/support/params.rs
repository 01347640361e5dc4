//! Parameters from texts, as plainly as can be: what the scenario parser does with many more forms.

use prism_core::spec::{Param, ParamError, Params, Spec, Unit, Value};
use prism_core::types::{Decimal, Instruments, Price, Qty, Span, Symbol};

/// A value as scenarios write it, for the default units.
pub fn parse(param: &Param, text: &str) -> Value {
    let number = || text.parse::<f64>().unwrap_or_else(|_| panic!("{}: {text:?} is no number", param.name));
    match param.unit {
        Unit::Number | Unit::Ticks | Unit::Rate | Unit::Of(_) => Value::Number(number()),
        Unit::Count => Value::Count(text.parse().unwrap()),
        Unit::Lots => Value::Lots(Qty(text.parse().unwrap())),
        Unit::Span => Value::Span(span(text)),
        Unit::Price => Value::Price(Price(text.strip_suffix(" ticks").unwrap().parse().unwrap())),
        Unit::Flag => Value::Flag(text.parse().unwrap()),
        Unit::Choice(words) => {
            let word = words.iter().find(|word| **word == text);
            Value::Choice(word.unwrap_or_else(|| panic!("{}: {text:?} is not among {words:?}", param.name)))
        }
        Unit::Text | Unit::Path | Unit::Groups => Value::Text(text.to_owned()),
        Unit::Money => panic!("{}: no agent has an amount of money", param.name),
    }
}

fn span(text: &str) -> Span {
    let units = [("ns", 1.0), ("us", 1e3), ("ms", 1e6), ("min", 6e10), ("s", 1e9), ("h", 3.6e12)];
    let (number, scale) =
        units.iter().find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale))).unwrap();
    Span::from_secs_f64(number.parse::<f64>().unwrap() * scale / 1e9)
}

/// An agent of the kind with these parameters, and the defaults for the rest: refused where a scenario is.
pub fn make<A: Spec>(given: &[(&str, &str)]) -> Result<A, ParamError> {
    for (name, _) in given {
        assert!(A::PARAMS.iter().any(|param| param.name == *name), "{} has no {name}", A::KIND);
    }
    let value = |param: &Param| {
        let text = given.iter().find(|(name, _)| *name == param.name).map(|(_, text)| *text);
        text.or(param.default).map(|text| parse(param, text))
    };
    let values = A::PARAMS.iter().map(value).collect();
    let table = Instruments::build(&[("X".to_owned(), vec![Symbol::new("A")])]).unwrap();
    let params = Params::new(A::PARAMS, values, &table.symbols()[0]);
    params.check()?;
    A::from_params(&params)
}

/// The price at the beginning of a symbol whose tick is 0.01.
pub fn start(ticks: i64) -> String {
    Decimal::new(ticks, 2).unwrap().to_string()
}
