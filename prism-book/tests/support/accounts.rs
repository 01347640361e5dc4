//! An exchange with its agents' accounts as their reports tell, which are held against the venue's after every
//! message.
#![allow(dead_code, unreachable_pub, missing_docs)] // each test file uses its part of this module
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation, clippy::must_use_candidate)]

use std::collections::BTreeMap;

use prism_book::venue::Exchange;
use prism_core::digest::Digest;
use prism_core::market::Level;
use prism_core::msg::{Order, Reject, Report, Request, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, CurrencyId, Instruments, OrderId, Price, Qty, Side, SymbolId, Time, VenueId,
};
use prism_core::venue::{Venue, VenueOut, VenuePlace, VenueSpec};

/// An order that an agent knows to be open.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub book: BookId,
    pub side: Side,
    pub left: u64,
}

/// What an agent knows of its money and its lots of a symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    pub cash: i128,
    pub lots: i128,
}

pub struct House {
    pub venue: Box<dyn Venue>,
    pub out: VenueOut,
    pub instruments: Instruments,
    pub agents: u32,
    pub open: BTreeMap<OrderId, Known>,
    pub owns: BTreeMap<(AgentId, BookId), Own>,
    pub now: Time,
    counters: Vec<u32>,
}

impl House {
    pub fn new(spec: &Exchange, agents: u32) -> House {
        let instruments = Instruments::build(&[("X".to_owned(), spec.symbols().to_vec())]).unwrap();
        let place = VenuePlace { id: VenueId(0), instruments: &instruments, agents, key: StreamKey::root(1) };
        let venue = spec.build(&place).unwrap();
        House {
            venue,
            out: VenueOut::new(),
            instruments,
            agents,
            open: BTreeMap::new(),
            owns: BTreeMap::new(),
            now: Time::ZERO,
            counters: vec![0; agents as usize],
        }
    }

    /// Why these rules cannot be used.
    pub fn refusal(spec: &Exchange) -> String {
        let instruments = Instruments::build(&[("X".to_owned(), spec.symbols().to_vec())]).unwrap();
        let place =
            VenuePlace { id: VenueId(0), instruments: &instruments, agents: 2, key: StreamKey::root(1) };
        spec.build(&place).err().unwrap().to_string()
    }

    /// The next id of an agent.
    pub fn id(&mut self, agent: u32) -> OrderId {
        let counter = &mut self.counters[agent as usize];
        *counter += 1;
        OrderId::new(AgentId(agent), *counter - 1)
    }

    pub fn order(&mut self, agent: u32, order: Order) -> (OrderId, Vec<Report>) {
        self.order_with(agent, order, &Terms::default())
    }

    pub fn order_with(&mut self, agent: u32, order: Order, terms: &Terms) -> (OrderId, Vec<Report>) {
        let id = self.id(agent);
        self.open.insert(id, Known { book: order.book, side: order.side, left: order.qty.0 });
        self.out.clear();
        if terms.is_plain() {
            self.venue.handle(self.now, &Request::New { id, order }, &mut self.out);
        } else {
            self.venue.handle_with(self.now, id, &order, terms, &mut self.out);
        }
        (id, self.hear())
    }

    pub fn send(&mut self, request: Request) -> Vec<Report> {
        self.out.clear();
        self.venue.handle(self.now, &request, &mut self.out);
        self.hear()
    }

    /// Time goes on: what is due happens.
    pub fn at(&mut self, now: Time) -> Vec<Report> {
        self.now = now;
        self.out.clear();
        self.venue.on_timer(now, &mut self.out);
        self.hear()
    }

    /// Each agent books what it is told; then all accounts must be those of the venue.
    fn hear(&mut self) -> Vec<Report> {
        let reports: Vec<Report> = self.out.reports().collect();
        for report in &reports {
            let id = report.id();
            let mut book = |book: BookId, side: Side, price: Price, qty: Qty, fee: i128| {
                let own = self.owns.entry((id.agent(), book)).or_default();
                let tick_lot = i128::from(self.instruments.of_book(book).tick_lot);
                let lots = i128::from(side.sign()) * i128::from(qty.0);
                own.lots += lots;
                own.cash -= lots * i128::from(price.0) * tick_lot + fee;
            };
            match *report {
                Report::Filled { price, qty, left, fee, .. } => {
                    let known = self.open.get_mut(&id).expect("an order of the agent's own");
                    known.left = left.0;
                    book(known.book, known.side, price, qty, i128::from(fee.0));
                }
                Report::Liquidated { book: at, side, price, qty, fee, .. } => {
                    assert!(id.is_reserved() && !self.open.contains_key(&id));
                    book(at, side, price, qty, i128::from(fee.0));
                }
                Report::Covered { book: at, loss, .. } => {
                    assert!(id.is_reserved() && loss.0 > 0);
                    book(at, Side::Buy, Price(0), Qty(0), -i128::from(loss.0));
                }
                Report::Accepted { left, .. }
                | Report::Reduced { left, .. }
                | Report::Triggered { left, .. } => {
                    self.open.get_mut(&id).expect("an order of the agent's own").left = left.0;
                }
                Report::Cancelled { .. } => self.open.get_mut(&id).unwrap().left = 0,
                Report::Rejected { open, .. } if !open => {
                    if let Some(known) = self.open.get_mut(&id) {
                        known.left = 0;
                    }
                }
                Report::Rejected { .. } => {}
            }
            self.open.retain(|_, known| known.left > 0);
        }
        self.assert_parity();
        reports
    }

    pub fn own(&self, agent: u32, book: BookId) -> Own {
        self.owns.get(&(AgentId(agent), book)).copied().unwrap_or_default()
    }

    /// Shares and money are conserved, and every agent knows what is true.
    pub fn assert_parity(&self) {
        for c in 0..self.instruments.currencies().len() {
            let currency = CurrencyId::from_index(c);
            let mut sum = self.venue.fees(currency);
            for agent in (0..self.agents).map(AgentId) {
                let cash = i128::from(self.venue.cash(agent, currency).0);
                let paid_in = |book: &BookId| self.instruments.of_book(*book).currency == currency;
                let known = self.owns.iter().filter(|((of, book), _)| *of == agent && paid_in(book));
                assert_eq!(cash, known.map(|(_, own)| own.cash).sum::<i128>(), "cash of {agent:?}");
                sum += cash;
            }
            assert_eq!(sum, 0, "money is conserved");
        }
        for (s, book) in self.instruments.books().iter().enumerate() {
            let mut sum = 0;
            for agent in 0..self.agents {
                let lots = i128::from(self.venue.position(AgentId(agent), book.symbol));
                assert_eq!(lots, self.own(agent, BookId::from_index(s)).lots, "lots of {agent}");
                sum += lots;
            }
            assert_eq!(sum, 0, "lots are conserved");
        }
    }

    /// The lots that an agent's open orders of a side could trade.
    pub fn open_lots(&self, agent: u32, book: BookId, side: Side) -> u64 {
        let of = |(id, known): &(&OrderId, &Known)| {
            id.agent() == AgentId(agent) && (known.book, known.side) == (book, side)
        };
        self.open.iter().filter(of).map(|(_, known)| known.left).sum()
    }

    pub fn levels(&self, book: BookId, side: Side) -> Vec<Level> {
        let mut levels = Vec::new();
        self.venue.depth(book, side, usize::MAX, &mut levels);
        levels
    }

    pub fn digest(&self) -> u64 {
        let mut digest = Digest::new();
        self.venue.digest(&mut digest);
        digest.value()
    }

    pub fn position(&self, agent: u32, symbol: u16) -> i64 {
        self.venue.position(AgentId(agent), SymbolId(symbol))
    }

    pub fn cash(&self, agent: u32) -> i64 {
        self.venue.cash(AgentId(agent), CurrencyId(0)).0
    }
}

/// Why a new order was refused.
pub fn refused((id, reports): (OrderId, Vec<Report>)) -> Option<Reject> {
    reports.iter().find_map(|report| match *report {
        Report::Rejected { id: of, why, open: false } if of == id => Some(why),
        _ => None,
    })
}
