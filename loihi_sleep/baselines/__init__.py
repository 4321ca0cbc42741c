"""What sleep is compared with: known remedies against forgetting, in their simplest form."""
