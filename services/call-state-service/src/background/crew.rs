//! A bounded number of tasks.

use tokio::task::JoinSet;

/// Tasks that run at once, so many and no more. They end with it.
#[derive(Debug)]
pub(super) struct Crew {
    tasks: JoinSet<()>,
    size: usize,
}

impl Crew {
    /// Of at most `size` tasks, one at least.
    pub(super) fn new(size: usize) -> Self {
        Self { tasks: JoinSet::new(), size: size.max(1) }
    }

    /// Waits until there is room for a task, and says for how many. What is taken on beyond it would wait while its claim
    /// on it ran out.
    ///
    /// When all are busy it waits for a quarter of them, so that what comes next is fetched in batches.
    pub(super) async fn room(&mut self) -> usize {
        while self.tasks.try_join_next().is_some() {}
        if self.tasks.len() >= self.size {
            let few_enough = self.size - self.size.div_ceil(4);
            while self.tasks.len() > few_enough {
                // A panic was told by the panic hook, and what it was at comes again: its claim runs out.
                self.tasks.join_next().await;
            }
        }
        self.size - self.tasks.len()
    }

    /// Starts a task; there must have been [`Self::room`] for it.
    pub(super) fn begin(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Waits until all are done.
    pub(super) async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn there_is_room_again_when_a_task_is_done_or_has_panicked() {
        let mut crew = Crew::new(2);
        assert_eq!(crew.room().await, 2);
        let (done, waits) = oneshot::channel::<()>();
        crew.begin(async move { waits.await.expect("it is told") });
        crew.begin(async { panic!("a panic of this test") });
        assert_eq!(crew.room().await, 1);
        done.send(()).expect("it waits");
        crew.finish().await;
        assert_eq!(crew.room().await, 2);
    }
}
