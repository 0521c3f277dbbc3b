//! A stream that is not written to for ever: a client that reads nothing of its answer holds it for some time only.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream of which writing fails once nothing was taken for some time.
#[derive(Debug)]
pub(crate) struct Patience<S> {
    stream: S,
    most: Duration,
    /// When it ends, while the other side takes nothing.
    end: Option<Pin<Box<Sleep>>>,
}

impl<S> Patience<S> {
    pub(crate) fn new(stream: S, most: Duration) -> Self {
        Self { stream, most, end: None }
    }
}

impl<S: Unpin> Patience<S> {
    fn try_for<T>(
        &mut self,
        context: &mut Context<'_>,
        act: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<Result<T>>,
    ) -> Poll<Result<T>> {
        if let Poll::Ready(done) = act(Pin::new(&mut self.stream), context) {
            self.end = None;
            return Poll::Ready(done);
        }
        let most = self.most;
        ready!(self.end.get_or_insert_with(|| Box::pin(sleep(most))).as_mut().poll(context));
        Poll::Ready(Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patience<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patience<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.try_for(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.try_for(context, |stream, context| stream.poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.try_for(context, AsyncWrite::poll_flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.try_for(context, AsyncWrite::poll_shutdown)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[test]
    fn what_is_taken_bit_by_bit_is_written_and_what_is_not_taken_fails() -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(async {
            let (ours, mut theirs) = duplex(1);
            let mut stream = Patience::new(ours, Duration::from_mins(10));
            let reading = tokio::spawn(async move {
                let mut read = [0; 4];
                for byte in &mut read {
                    tokio::task::yield_now().await;
                    *byte = theirs.read_u8().await?;
                }
                Result::Ok((read, theirs))
            });
            stream.write_all(b"abcd").await?;
            let (read, _theirs) = reading.await??;
            assert_eq!(&read, b"abcd");
            // From here on the other side is there, and takes nothing: there is room for one byte.
            stream.most = Duration::from_millis(1);
            let failed = stream.write_all(b"ef").await.map_err(|error| error.kind());
            assert_eq!(failed, Err(ErrorKind::TimedOut));
            Ok(())
        })
    }
}
