import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { Button } from "./Button";

interface Props {
	title: string;
	/** Called by Escape, by the close button and by a click beside it. */
	onClose: () => void;
	children: ReactNode;
}

/** A modal dialog while it is mounted. The browser keeps the focus in it and gives it back. */
export function Dialog({ title, onClose, children }: Props) {
	const element = useRef<HTMLDialogElement>(null);
	const titleId = useId();

	// A layout effect ends while the dialog is still there: only then does closing it give the focus back.
	useLayoutEffect(() => {
		const dialog = element.current;
		dialog?.showModal();
		return () => dialog?.close();
	}, []);

	return (
		// biome-ignore lint/a11y/useKeyWithClickEvents: the browser turns Escape into `cancel`; the click is for the backdrop.
		<dialog
			ref={element}
			className="dialog"
			aria-labelledby={titleId}
			onCancel={(event) => {
				event.preventDefault();
				onClose();
			}}
			onClick={(event) => {
				if (event.target === element.current) {
					onClose();
				}
			}}
		>
			<div className="dialog-body">
				<header className="dialog-header">
					<h2 id={titleId}>{title}</h2>
					<Button variant="quiet" aria-label="Close" onClick={onClose}>
						<span aria-hidden="true">✕</span>
					</Button>
				</header>
				{children}
			</div>
		</dialog>
	);
}
