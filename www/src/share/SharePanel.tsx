import { type FormEvent, useState } from "react";
import type { TaskMessage } from "roo-cloud-web";
import { useCloud } from "roo-cloud-web/react";
import { useService } from "../cloud/useService";
import { Button } from "../ui/Button";
import { Field } from "../ui/Field";
import { plural } from "../ui/numbers";
import { Panel } from "../ui/Panel";
import { ShareDialog } from "./ShareDialog";
import { SAMPLE_TASKS } from "./sampleTasks";

export interface ShareableTask {
	id: string;
	title: string;
	messages?: TaskMessage[];
}

/** Tasks that can be shared: two samples, or one by its id. */
export function SharePanel() {
	const cloud = useService();
	useCloud();
	const [task, setTask] = useState<ShareableTask>();
	const [taskId, setTaskId] = useState("");
	const permitted = cloud.canShareTask();

	const openById = (event: FormEvent) => {
		event.preventDefault();
		const id = taskId.trim();
		setTask({ id, title: `Task ${id}` });
	};

	return (
		<Panel title="Share a task">
			{permitted ? null : (
				<p className="hint">
					Your organization does not allow sharing. Asking for it anyway shows
					how the client refuses.
				</p>
			)}
			<ul className="tasks">
				{SAMPLE_TASKS.map((sample) => (
					<li key={sample.id}>
						<div>
							<span className="task-title">{sample.title}</span>
							<span className="hint">
								{plural(sample.messages.length, "message")}
							</span>
						</div>
						<Button
							aria-label={`Share ${sample.title}`}
							onClick={() => setTask(sample)}
						>
							Share…
						</Button>
					</li>
				))}
			</ul>
			<form className="inline-form" onSubmit={openById}>
				<Field
					label="Another task, by its id"
					required
					maxLength={200}
					value={taskId}
					onChange={(event) => setTaskId(event.target.value)}
				/>
				<Button type="submit">Share…</Button>
			</form>
			{task ? (
				<ShareDialog task={task} onClose={() => setTask(undefined)} />
			) : null}
		</Panel>
	);
}
