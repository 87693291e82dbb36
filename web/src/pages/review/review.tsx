// SPDX-License-Identifier: Apache-2.0
// People as judges: queues of traces, samples or models' answers to review, and one after the
// other with the verdict on a key.
import { reviewPath } from "../../lib/route";
import { QueueList } from "./queues";
import { Reviewing } from "./reviewing";
import { useQueues } from "../../api/judges";
import { Answer } from "../../parts/answer";
import { EmptyState } from "../../parts/states";
import { Link } from "../../parts/link";
import "./review.css";

export default function ReviewPage({ project, queue }: { project: string; queue: string | null }) {
  const queues = useQueues(project);
  return (
    <div class="page">
      <Answer answer={queues} what="The review queues could not be read">
        {(all) => {
          if (queue === null) return <QueueList project={project} queues={all} />;
          const found = all.find((q) => String(q.id) === queue);
          return found ? (
            <Reviewing key={found.id} project={project} queue={found} />
          ) : (
            <EmptyState title="There is no such queue">
              <Link class="link" href={reviewPath(project)}>
                All queues
              </Link>
            </EmptyState>
          );
        }}
      </Answer>
    </div>
  );
}
