# Written from zones.json by `make terraform-roots`; do not edit.

terraform {
  required_version = ">= 1.10.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  backend "s3" {
    bucket              = "darasa-production-af-state"
    key                 = "production/af/runtime"
    region              = "af-south-1"
    encrypt             = true
    kms_key_id          = "alias/darasa-production-af-state"
    use_lockfile        = true
    allowed_account_ids = ["111111111202"]
  }
}

provider "aws" {
  region              = "af-south-1"
  allowed_account_ids = ["111111111202"]

  default_tags {
    tags = {
      "darasa:env"   = "production"
      "darasa:zone"  = "af"
      "darasa:layer" = "runtime"
    }
  }
}

module "runtime" {
  source = "../../../../cells/runtime"
  env    = "production"
  zone   = "af"
}

output "runtime" {
  value = module.runtime
}
