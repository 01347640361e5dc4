//! Arrow schemas of the tables.

use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use prism_core::sink::{Batch, SinkError, Table, World};

use super::share;
use crate::layout::{Column, Legend, Names, Source, columns};

/// The Arrow form of all tables of one run: their schemas, and the names that its ids stand for.
#[derive(Clone, Debug)]
pub struct Tables {
    schemas: [SchemaRef; Table::ALL.len()],
    names: [Arc<StringArray>; Legend::ALL.len()],
}

impl Tables {
    /// The tables of a run with these names.
    pub fn of(world: &World) -> Tables {
        let names = Names::of(world);
        Tables {
            schemas: Table::ALL.map(|table| {
                let fields: Vec<Field> = columns(table).iter().map(field).collect();
                Arc::new(Schema::new(fields))
            }),
            names: Legend::ALL.map(|legend| Arc::new(StringArray::from_iter_values(names.get(legend)))),
        }
    }

    /// The schema of a table.
    pub fn schema(&self, table: Table) -> SchemaRef {
        self.schemas[table as usize].clone()
    }

    /// A batch as a record batch that shares its numbers.
    ///
    /// # Errors
    /// An id without a name.
    pub fn record_batch(&self, batch: &Arc<Batch>) -> Result<RecordBatch, SinkError> {
        let table = batch.table();
        let arrays = columns(table).iter().map(|column| {
            let names = |legend: Legend| self.names[legend as usize].clone();
            share::array(batch, column, names)
        });
        arrays
            .collect::<Result<_, _>>()
            .and_then(|arrays| RecordBatch::try_new(self.schema(table), arrays))
            .map_err(|error| SinkError::Other {
                what: format!("table {table} as Arrow"),
                why: error.to_string(),
            })
    }
}

fn field(column: &Column) -> Field {
    let named = |key: DataType| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    let kind = match column.source {
        Source::I64(_) => DataType::Int64,
        Source::U64(_) => DataType::UInt64,
        Source::U32(_) => DataType::UInt32,
        Source::U16(_) => DataType::UInt16,
        Source::F64(_) => DataType::Float64,
        Source::Flag(_) => DataType::Boolean,
        Source::Code8(..) => named(DataType::UInt8),
        Source::Code16(..) => named(DataType::UInt16),
    };
    let unit = ("unit".to_owned(), column.unit.to_owned());
    Field::new(column.name, kind, column.present.is_some()).with_metadata([unit])
}
