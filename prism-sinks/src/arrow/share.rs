//! Columns as Arrow arrays that share the batch's memory.

use std::sync::Arc;

use arrow_array::types::{ArrowDictionaryKeyType, ArrowPrimitiveType};
use arrow_array::types::{Float64Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{ArrayRef, BooleanArray, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use bytemuck::Pod;
use bytes::Bytes;
use prism_core::sink::Batch;

use crate::layout::{Column, Legend, Source};

/// Keeps a batch alive for as long as somebody looks at one of its columns as bytes.
struct Cells<T: 'static> {
    batch: Arc<Batch>,
    column: fn(&Batch) -> &[T],
}

impl<T: Pod> AsRef<[u8]> for Cells<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice((self.column)(&self.batch))
    }
}

/// A column's numbers as an Arrow buffer over the same memory. The batch is released when the buffer is.
fn share<T: Pod + arrow_buffer::ArrowNativeType>(
    batch: &Arc<Batch>,
    column: fn(&Batch) -> &[T],
) -> ScalarBuffer<T> {
    let length = column(batch).len();
    let bytes = Bytes::from_owner(Cells { batch: batch.clone(), column });
    ScalarBuffer::new(Buffer::from(bytes), 0, length)
}

/// A column of a batch as an array; `names` gives the texts behind codes.
pub(super) fn array(
    batch: &Arc<Batch>,
    column: &Column,
    names: impl Fn(Legend) -> Arc<StringArray>,
) -> Result<ArrayRef, ArrowError> {
    let present = column
        .present
        .map(|present| NullBuffer::new(BooleanBuffer::collect_bool(batch.len(), |row| present(batch, row))));
    Ok(match column.source {
        Source::I64(cells) => numbers::<Int64Type>(batch, cells, present)?,
        Source::U64(cells) => numbers::<UInt64Type>(batch, cells, present)?,
        Source::U32(cells) => numbers::<UInt32Type>(batch, cells, present)?,
        Source::U16(cells) => numbers::<UInt16Type>(batch, cells, present)?,
        Source::F64(cells) => numbers::<Float64Type>(batch, cells, present)?,
        Source::Flag(cells) => {
            let flags = cells(batch);
            let bits = BooleanBuffer::collect_bool(flags.len(), |row| flags[row] != 0);
            Arc::new(BooleanArray::new(bits, present))
        }
        Source::Code8(cells, legend) => texts::<UInt8Type>(batch, cells, present, names(legend))?,
        Source::Code16(cells, legend) => texts::<UInt16Type>(batch, cells, present, names(legend))?,
    })
}

fn numbers<T: ArrowPrimitiveType<Native: Pod>>(
    batch: &Arc<Batch>,
    cells: fn(&Batch) -> &[T::Native],
    present: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(PrimitiveArray::<T>::try_new(share(batch, cells), present)?))
}

fn texts<T: ArrowDictionaryKeyType<Native: Pod>>(
    batch: &Arc<Batch>,
    cells: fn(&Batch) -> &[T::Native],
    present: Option<NullBuffer>,
    names: Arc<StringArray>,
) -> Result<ArrayRef, ArrowError> {
    let keys = PrimitiveArray::<T>::try_new(share(batch, cells), present)?;
    Ok(Arc::new(DictionaryArray::<T>::try_new(keys, names)?))
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use prism_core::sink::{TradeCols, TradeRow};

    use super::*;

    /// The point of the module: no copy, and the batch comes back when the array is gone.
    #[test]
    fn arrays_share_memory_and_give_it_back() {
        let mut trades = TradeCols::default();
        for n in 0..100 {
            trades.push(TradeRow { at: n, book: 0, price: -n, qty: 7, aggressor: 1, maker: 1, taker: 2 });
        }
        let (times, books) = (trades.at.as_ptr(), trades.book.as_ptr());
        let mut batch = Arc::new(Batch::Trades(trades));
        let names = |_| Arc::new(StringArray::from(vec!["ACME", "ZED"]));
        let columns = crate::layout::columns(batch.table());
        let arrays: Vec<ArrayRef> =
            columns.iter().map(|column| array(&batch, column, names).expect("an array")).collect();
        assert_eq!(arrays[0].to_data().buffers()[0].as_ptr().cast(), times);
        assert_eq!(arrays[1].to_data().buffers()[0].as_ptr().cast(), books);
        assert!(Arc::get_mut(&mut batch).is_none());
        let clone = arrays[3].clone();
        drop(arrays);
        assert!(Arc::get_mut(&mut batch).is_none(), "one array still looks at it");
        drop(clone);
        assert!(Arc::get_mut(&mut batch).is_some());
    }
}
