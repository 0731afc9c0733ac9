"""The site folder (register, attestations, waivers) to a Site, every error located."""
