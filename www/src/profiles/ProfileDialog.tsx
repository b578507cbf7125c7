import { type FormEvent, useState } from "react";
import type { ProfileEntry } from "roo-cloud-web";
import { useAction } from "../cloud/useAction";
import { useService } from "../cloud/useService";
import { FailureNotice } from "../failures/FailureNotice";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Field } from "../ui/Field";
import { SelectField } from "../ui/SelectField";
import { applyForm, formOf, type ProfileForm } from "./profileForm";
import { PROVIDERS } from "./providers";

interface Props {
	/** The profile to edit; without it, one is added. */
	entry?: ProfileEntry;
	onClose: (message?: string) => void;
}

const NEW = { apiProvider: "anthropic" };

export function ProfileDialog({ entry, onClose }: Props) {
	const cloud = useService();
	const [stored] = useState(
		() => (entry && cloud.getProfile({ name: entry.name })) ?? NEW,
	);
	const [name, setName] = useState(entry?.name ?? "");
	const [form, setForm] = useState(() => formOf(stored));
	const save = useAction(async () => {
		const saved = await cloud.saveProfile(name.trim(), applyForm(stored, form));
		onClose(`“${saved.name}” is saved on this device.`);
	});

	const set = (change: Partial<ProfileForm>) =>
		setForm((current) => ({ ...current, ...change }));
	const provider = PROVIDERS.find(({ id }) => id === form.provider);
	const submit = (event: FormEvent) => {
		event.preventDefault();
		void save.run();
	};

	return (
		<Dialog
			title={entry ? `Edit ${entry.name}` : "Add profile"}
			onClose={() => onClose()}
		>
			<form onSubmit={submit}>
				{entry?.origin === "cloud" ? (
					<p className="hint">
						This profile belongs to your organization. A field you change here
						and your organization changes too becomes a conflict, and you
						choose.
					</p>
				) : null}
				{entry ? null : (
					<Field
						label="Name"
						required
						maxLength={200}
						value={name}
						onChange={(event) => setName(event.target.value)}
					/>
				)}
				<SelectField
					label="Provider"
					value={form.provider}
					onChange={(event) => set({ provider: event.target.value })}
				>
					{provider ? null : (
						<option value={form.provider}>{form.provider || "None"}</option>
					)}
					{PROVIDERS.map(({ id, label }) => (
						<option key={id} value={id}>
							{label}
						</option>
					))}
				</SelectField>
				{provider ? (
					<Field
						label="Model"
						value={form.model}
						onChange={(event) => set({ model: event.target.value })}
					/>
				) : null}
				{provider?.baseUrlField ? (
					<Field
						label="Base URL"
						type="url"
						placeholder="The provider’s own"
						value={form.baseUrl}
						onChange={(event) => set({ baseUrl: event.target.value })}
					/>
				) : null}
				{provider?.keyField ? (
					<Field
						label="API key"
						type="password"
						autoComplete="new-password"
						hint={
							entry?.hasSecret
								? "Leave it empty to keep the stored key."
								: "It is encrypted on this device and never sent to the cloud."
						}
						value={form.newKey}
						onChange={(event) => set({ newKey: event.target.value })}
					/>
				) : null}
				<Field
					label="Temperature"
					type="number"
					min={0}
					max={2}
					step={0.05}
					placeholder="The model’s own"
					value={form.temperature}
					onChange={(event) => set({ temperature: event.target.value })}
				/>
				<FailureNotice error={save.error} attempt="Could not save" />
				<div className="button-row dialog-actions">
					<Button onClick={() => onClose()}>Cancel</Button>
					<Button type="submit" variant="primary" busy={save.pending}>
						Save
					</Button>
				</div>
			</form>
		</Dialog>
	);
}
